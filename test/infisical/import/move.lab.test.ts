import { describe, expect, it } from 'vitest';
import type { Fault } from '../../../lab/infisical/double.ts';
import { moveInto } from '../../../src/infisical/import/move.ts';
import { readSecrets } from '../../../src/infisical/secrets.ts';
import { tenant } from '../tenant.ts';

let fault: ((write: number) => Fault | undefined) | undefined;
let writes = 0;
const at = tenant({
  fault: ({ method, path }) => {
    if (!path.startsWith('v4/secrets/') || method === 'GET') return undefined;
    writes += 1;
    return fault?.(writes);
  },
});

/** Everything that breaks a shell, a template or a parser, and 64 KiB. */
function hostile(): Map<string, string> {
  const nasty = [
    'one\ntwo\r\nthree\n',
    `"double" 'single' \`back\``,
    '${NOT_A_REFERENCE} $HOME $(rm -rf /) %{if true}',
    'é ☃ \u{1f511} \u202e mirrored \u0000 nul',
    String.raw`\n \t \\ \" \$ \u0041`,
    '{"json": ["<a>&amp;", null]}',
    '-----BEGIN KEY-----\nabc+/=\n-----END KEY-----\n',
    '<hidden-by-infisical>',
    '',
    'x'.repeat(64 * 1024),
  ];
  return new Map(
    Array.from({ length: 200 }, (_, index) => [
      `KEY_${String(index)}`,
      nasty[index % nasty.length] ?? '',
    ]),
  );
}

const folder = (path: string) => ({ projectId: at().projectId, environment: 'prod', path });
const quiet = { replace: false, progress: () => undefined };

describe('an import', () => {
  it('moves 200 hostile values byte for byte, and a second one has nothing to do', async () => {
    const values = hostile();
    const shown: string[] = [];
    const progress = (line: string) => shown.push(line);
    const moved = await moveInto(at().admin, folder('/apps'), values, { replace: false, progress });
    expect(moved.added).toHaveLength(200);
    expect(await readSecrets(at().admin, folder('/apps'))).toEqual(values);
    expect(shown.join('\n')).not.toContain('BEGIN KEY');
    writes = 0;
    const again = await moveInto(at().admin, folder('/apps'), values, quiet);
    expect(again).toMatchObject({ added: [], replaced: [] });
    expect(writes).toBe(0);
  });

  it('leaves what is there with another value, unless it is told to replace it', async () => {
    const values = new Map([
      ['KEPT', 'first'],
      ['OTHER', 'x'],
    ]);
    await moveInto(at().admin, folder('/ai'), new Map([['KEPT', 'before']]), quiet);
    await expect(moveInto(at().admin, folder('/ai'), values, quiet)).rejects.toThrow(
      /nothing was written.*--replace.*KEPT/s,
    );
    expect([...(await readSecrets(at().admin, folder('/ai'))).keys()]).toEqual(['KEPT']);
    const moved = await moveInto(at().admin, folder('/ai'), values, { ...quiet, replace: true });
    expect(moved).toEqual({ added: ['OTHER'], replaced: ['KEPT'], same: [] });
  });

  it.each<[string, Fault]>([
    ['is cut off', { kind: 'drop' }],
    ['loses its answer after the work was done', { kind: 'lose-answer' }],
    ['meets a broken server', { kind: 'refuse', status: 500 }],
  ])('that %s in the middle is finished by the next', async (_, kind) => {
    const name = (index: number) => `${kind.kind.replace('-', '_')}_${String(index)}`;
    const values = new Map([1, 2, 3, 4].map((index) => [name(index), `v${String(index)}`]));
    writes = 0;
    fault = (write) => (write === 3 ? kind : undefined);
    await expect(moveInto(at().admin, folder('/ai'), values, quiet)).rejects.toThrow();
    fault = undefined;
    await moveInto(at().admin, folder('/ai'), values, quiet);
    const there = await readSecrets(at().admin, folder('/ai'));
    for (const [key, value] of values) expect(there.get(key)).toBe(value);
  });

  it('into a folder that is not there writes nothing', async () => {
    await expect(
      moveInto(at().admin, folder('/nowhere'), new Map([['A', '1']]), quiet),
    ).rejects.toThrow();
  });
});
