import { colours } from './colour.ts';

/** Results go to stdout, everything said about the work to stderr: pipes get results alone. */
export function result(text: string): void {
  process.stdout.write(`${text}\n`);
}

export function resultJson(value: unknown): void {
  process.stdout.write(`${JSON.stringify(value, undefined, 2)}\n`);
}

export function say(line: string): void {
  process.stderr.write(`${line}\n`);
}

/** Shows a command as a person would type it, before it is run. Nothing secret is ever an argument. */
export function announce(command: string, args: readonly string[]): void {
  say(colours.dim(`$ ${[command, ...args].map(quoted).join(' ')}`));
}

function quoted(word: string): string {
  return /^[\w./:=@%+,-]+$/.test(word) ? word : `'${word.replaceAll("'", String.raw`'\''`)}'`;
}

/** Left-aligned columns, two spaces apart. */
export function table(rows: readonly (readonly string[])[]): string {
  const widths = (rows[0] ?? []).map((_, column) =>
    Math.max(...rows.map((row) => row[column]?.length ?? 0)),
  );
  return rows
    .map((row) =>
      row
        .map((cell, column) => cell.padEnd(widths[column] ?? 0))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}
