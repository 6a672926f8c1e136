import { PassThrough } from 'node:stream';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { askHidden } from '../../src/terminal/ask.ts';

let terminal: PassThrough;
let shown: string;

beforeEach(() => {
  terminal = Object.assign(new PassThrough(), { isTTY: true, setRawMode: () => terminal });
  shown = '';
  vi.spyOn(process, 'stdin', 'get').mockReturnValue(terminal as unknown as typeof process.stdin);
  vi.spyOn(process.stderr, 'write').mockImplementation((text) => ((shown += String(text)), true));
});

afterEach(() => {
  vi.restoreAllMocks();
});

async function answers(count: number, ...typed: readonly string[]): Promise<readonly string[]> {
  for (const text of typed) terminal.write(text);
  const given: string[] = [];
  while (given.length < count) given.push(await askHidden('? '));
  return given;
}

it.each([
  ['one line', ['secret\r'], ['secret']],
  ['a line in pieces, with a correction', ['sex', '\u007fcre', 't\r'], ['secret']],
  ['lines pasted at once', ['first\nsecond\n'], ['first', 'second']],
  ['lines of Windows', ['first\r\nsecond\r\n'], ['first', 'second']],
  ['a paste that ends within the next line', ['first\nsec', 'ond\n'], ['first', 'second']],
  ['characters of two units', ['\u{1f511}a\rb\r'], ['\u{1f511}a', 'b']],
])('takes %s, and shows none of it', async (_, typed, expected) => {
  expect(await answers(expected.length, ...typed)).toEqual(expected);
  expect(shown).toBe('? \n'.repeat(expected.length));
});

it.each(['\u0003', '\u0004'])('gives up, and forgets what was pasted with it', async (key) => {
  await expect(answers(1, `a${key}b\r`)).rejects.toThrow('given up; nothing was written');
  expect(await answers(1, 'c\r')).toEqual(['c']);
});
