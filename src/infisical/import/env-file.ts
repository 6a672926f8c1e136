import { ImportError, type Values } from './values.ts';

/**
 * Values of a file of `NAME=value` lines.
 *
 * Programs disagree about such files: `#` inside an unquoted value, `$` in double quotes, `\"`, a line that
 * is no assignment. Whatever two of them read differently is refused with its line, as a value that is
 * moved wrongly shows much later; the `dotenv` package skips or cuts it in silence. What is left reads the
 * same everywhere:
 *
 * - `NAME=` and `export NAME=`, blank lines, `#` lines
 * - 'single quotes': everything as it stands, over several lines too
 * - "double quotes": `\n`, `\r`, `\t`, `\"`, `\\` and `\$` are what they stand for
 * - no quotes: one word without quote, `#`, `$`, backslash or space
 *
 * @throws ImportError  names the line
 */
export function parseEnvFile(text: string): Values {
  const values = new Map<string, string>();
  let at = 0;
  const refuse = (why: string) =>
    new ImportError(`line ${String(text.slice(0, at).split('\n').length)}: ${why}`);
  while (at < text.length) {
    const rest = text.slice(at);
    const skipped = /^[ \t]*(#[^\n]*)?\r?\n?/.exec(rest)?.[0] ?? '';
    const blank = skipped.trim() === '' || skipped.trimStart().startsWith('#');
    if (blank && (skipped.endsWith('\n') || skipped.length === rest.length)) {
      at += Math.max(skipped.length, 1);
      continue;
    }
    const start = /^[ \t]*(?:export[ \t]+)?([A-Za-z_][A-Za-z0-9_.-]*)=/.exec(rest);
    const name = start?.[1];
    if (start === null || name === undefined) throw refuse('no assignment NAME=value');
    if (values.has(name)) throw refuse(`${name} stands twice`);
    const { value, length, why } = valueAt(rest.slice(start[0].length));
    if (why !== undefined) throw refuse(`${name}: ${why}`);
    const end = /^[ \t]*(#[^\n]*)?(\r?\n|$)/.exec(rest.slice(start[0].length + length));
    if (end === null) throw refuse(`${name}: something follows the value; quote the whole of it`);
    values.set(name, value);
    at += start[0].length + length + end[0].length;
  }
  return values;
}

interface Read {
  readonly value: string;
  /** Characters read. */
  readonly length: number;
  readonly why?: string;
}

function valueAt(rest: string): Read {
  const [quote] = rest;
  if (quote === "'") {
    const end = rest.indexOf("'", 1);
    return end < 0
      ? { value: '', length: 0, why: 'the quote is not closed' }
      : { value: rest.slice(1, end), length: end + 1 };
  }
  if (quote === '"') return doubleQuoted(rest);
  const word = /^[^\s'"`#$\\]*/.exec(rest)?.[0] ?? '';
  const next = rest[word.length] ?? '\n';
  return /\s/.test(next)
    ? { value: word, length: word.length }
    : { value: '', length: 0, why: 'put the value in single quotes' };
}

const escapes: Readonly<Record<string, string>> = {
  n: '\n',
  r: '\r',
  t: '\t',
  '"': '"',
  '\\': '\\',
  $: '$',
};

function doubleQuoted(rest: string): Read {
  let value = '';
  for (let at = 1; at < rest.length; at += 1) {
    const character = rest[at] ?? '';
    if (character === '"') return { value, length: at + 1 };
    if (character === '$' || character === '`') {
      return { value: '', length: 0, why: `"${character}" in double quotes; use single quotes` };
    }
    if (character !== '\\') {
      value += character;
      continue;
    }
    at += 1;
    const meant = escapes[rest[at] ?? ''];
    if (meant === undefined) {
      return { value: '', length: 0, why: 'a backslash that programs read differently' };
    }
    value += meant;
  }
  return { value: '', length: 0, why: 'the quote is not closed' };
}
