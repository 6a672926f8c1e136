import { describe, expect, it } from 'vitest';
import { parseEnvFile } from '../../../src/infisical/import/env-file.ts';

const canary = 'canary-0b1f';
const parsed = (text: string) => Object.fromEntries(parseEnvFile(text));

describe('a file of NAME=value lines', () => {
  it.each<[string, string, Record<string, string>]>([
    ['words, blank lines and comments', '# x\n\nA=1\n  B=b-2/c:d@e\n', { A: '1', B: 'b-2/c:d@e' }],
    ['export, and a comment after a value', 'export A=1 # one\nB= \n', { A: '1', B: '' }],
    ['single quotes, as they stand', `A='a "b" \${c} \\n #d'\n`, { A: 'a "b" ${c} \\n #d' }],
    ['single quotes over lines', "A='one\n# two\nB=3'\nC=4", { A: 'one\n# two\nB=3', C: '4' }],
    [
      'double quotes with escapes',
      String.raw`A="a\nb\t\"c\" \\ \${d}"`,
      { A: 'a\nb\t"c" \\ ${d}' },
    ],
    ['line ends of Windows between lines', 'A=1\r\nB=2\r\n', { A: '1', B: '2' }],
    ['no line end at the end, and other alphabets', "A='é ☃ \u{1f511}'", { A: 'é ☃ \u{1f511}' }],
    ['an empty file', '', {}],
  ])('has %s', (_, text, values) => {
    expect(parsed(text)).toEqual(values);
  });

  it.each<[string, string, RegExp]>([
    ['a line that is no assignment', `A=1\n${canary}\n`, /^line 2: no assignment/],
    ['a name twice', `A=1\nA=${canary}`, /^line 2: A stands twice/],
    ['a # inside an unquoted value', `A=${canary}#x`, /^line 1: A: put the value in single quotes/],
    ['a $ inside an unquoted value', `A=$${canary}`, /single quotes/],
    ['two words without quotes', `A=a ${canary}`, /something follows the value/],
    ['text after a quote', `A='a'${canary}`, /something follows the value/],
    ['a $ in double quotes', `A="\${${canary}}"`, /"\$" in double quotes; use single quotes/],
    ['an escape that programs read differently', String.raw`A="\x41"`, /a backslash/],
    [
      'a quote that is not closed',
      `A=1\nB="${canary}\nC=1\n`,
      /^line 2: B: the quote is not closed/,
    ],
    ['a single quote that is not closed', `A='${canary}`, /the quote is not closed/],
  ])('is refused for %s, without a value in the message', (_, text, message) => {
    expect(() => parseEnvFile(text)).toThrow(message);
    expect(() => parseEnvFile(text)).toThrow(/^(?!.*canary)/s);
  });
});
