import { UserError } from '../../user-error.ts';

/** Values by name, as an export holds them. */
export type Values = ReadonlyMap<string, string>;

/** An export cannot be read as what it is said to be. Names and lines, never a value. */
export class ImportError extends UserError {
  override readonly name = 'ImportError';
}

/**
 * What can be moved without a loss, or the reasons why not, all at once.
 *
 * Infisical trims every value that it is given (all white space around it, save one line end at its end:
 * its API, secretValue), and takes no space, colon or slash in a name. Both would show only afterwards.
 *
 * @throws ImportError
 */
export function assertMovable(values: Values): void {
  const reasons = [...values].flatMap(([name, value]) => {
    if (!/^[^\s:/]{1,255}$/.test(name)) return [`${shown(name)}: no name that Infisical takes`];
    const kept = value.endsWith('\n') ? `${value.trim()}\n` : value.trim();
    return kept === value ? [] : [`${name}: white space around the value, which Infisical removes`];
  });
  if (reasons.length > 0) {
    throw new ImportError(`nothing was written; what cannot be moved as it is:\n${list(reasons)}`);
  }
}

/** Names whose value holds `${`: Infisical's own tools would put other secrets there. */
export function withReferences(values: Values): readonly string[] {
  return [...values].filter(([, value]) => value.includes('${')).map(([name]) => name);
}

export function list(lines: readonly string[]): string {
  return lines.map((line) => `  ${line}`).join('\n');
}

/** A name that is none might be a value that slipped out of its line. */
function shown(name: string): string {
  return /^[\w.-]{1,64}$/.test(name) ? name : 'a name (not shown)';
}
