import { createColors } from 'picocolors';

/** Whether what is written there may hold colour: each stream for itself, as one alone may be a file. */
export function coloured(
  stream: { readonly isTTY?: boolean },
  env: NodeJS.ProcessEnv = process.env,
): boolean {
  return stream.isTTY === true && (env['NO_COLOR'] ?? '') === '' && env['TERM'] !== 'dumb';
}

/** For stderr, where everything is said about the work. */
export const colours = createColors(coloured(process.stderr));
