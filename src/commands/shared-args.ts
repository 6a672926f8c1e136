import type { ArgsDef } from 'citty';
import { UsageError } from '../usage-error.ts';

export const fileArg = {
  file: {
    type: 'string',
    alias: 'f',
    valueHint: 'backbone.yaml',
    description: 'declaration; default: BACKBONE_FILE, else ./backbone.yaml',
  },
} as const satisfies ArgsDef;

export const jsonArg = {
  json: { type: 'boolean', description: 'results as JSON on stdout' },
} as const satisfies ArgsDef;

/**
 * Refuses an option that the command does not have: a mistyped `--auto-aprove` must not be skipped in
 * silence.
 *
 * @throws UsageError  names the option
 */
export function refuseUnknown(rawArgs: readonly string[], known: ArgsDef): void {
  const names = new Set(
    Object.entries(known).flatMap(([name, { type, ...rest }]) => {
      const aliases = 'alias' in rest && rest.alias !== undefined ? [rest.alias].flat() : [];
      return type === 'positional' ? [] : [name, ...aliases];
    }),
  );
  for (const arg of rawArgs) {
    if (arg === '--') return;
    if (!arg.startsWith('-') || arg === '-') continue;
    const name = arg.replace(/^--?/, '').replace(/=.*/s, '');
    if (!names.has(name)) throw new UsageError(`there is no option "${arg.split('=')[0] ?? ''}"`);
  }
}
