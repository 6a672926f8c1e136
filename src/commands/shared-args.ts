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
 * Refuses whatever the parser of arguments would skip or bend in silence: an option that the command does
 * not have, a value for one that takes none (`--auto-approve=no` would approve), an option without its
 * value, and more words than the command takes.
 *
 * @param words  `any`: the command takes a list. @default - as many as `known` has positional arguments
 * @throws UsageError  names the option; words are not repeated, as one might be a secret
 */
export function refuseUnknown(rawArgs: readonly string[], known: ArgsDef, words?: 'any'): void {
  const options = new Map(
    Object.entries(known).flatMap(([name, { type, ...rest }]) => {
      const aliases = 'alias' in rest && rest.alias !== undefined ? [rest.alias].flat() : [];
      return type === 'positional' ? [] : [name, ...aliases].map((one) => [one, type] as const);
    }),
  );
  const places = Object.values(known).filter(({ type }) => type === 'positional').length;
  let given = 0;
  for (let index = 0; index < rawArgs.length; index += 1) {
    const arg = rawArgs[index] ?? '';
    if (arg === '--') break;
    if (!arg.startsWith('-') || arg === '-') {
      given += 1;
      continue;
    }
    const [option = '', value] = arg.split(/=(.*)/s);
    const type = options.get(option.replace(/^--?/, ''));
    if (type === undefined) throw new UsageError(`there is no option "${option}"`);
    if (type === 'boolean') {
      if (value !== undefined) throw new UsageError(`${option} takes no value`);
    } else if (value === undefined) {
      index += 1;
      if ((rawArgs[index] ?? '-').startsWith('-')) throw new UsageError(`${option} needs a value`);
    } else if (value === '') throw new UsageError(`${option} needs a value`);
  }
  if (words !== 'any' && given > places) {
    const most = places === 0 ? 'none' : `at most ${String(places)}`;
    throw new UsageError(`too many words: ${String(given)} were given, it takes ${most}`);
  }
}
