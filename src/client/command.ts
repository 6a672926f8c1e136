import { parseArgs, type ParseArgsConfig } from 'node:util';
import { UsageError } from '../usage-error.ts';

/** One command of the client. Loaded when it is called, so that each pays for itself alone. */
export interface ClientCommand {
  /** What `--help` prints: what it does, how it is called, its exit statuses, an example. */
  readonly help: string;
  /**
   * @param args  words after the command's name
   * @param env   environment of this process
   * @returns the exit status
   */
  run(args: readonly string[], env: NodeJS.ProcessEnv): Promise<number>;
}

/**
 * Options and words by `node:util`, which is strict: an unknown option, a value for one that takes none and
 * a missing value are refused. Messages name options and repeat no word, as one might be a secret.
 *
 * @throws UsageError
 */
export function parsed<const T extends NonNullable<ParseArgsConfig['options']>>(
  args: readonly string[],
  options: T,
  words: { readonly min: number; readonly max: number },
) {
  try {
    const { values, positionals } = parseArgs({
      args: [...args],
      options,
      allowPositionals: true,
      strict: true,
    });
    if (positionals.length < words.min) throw new UsageError('a word is missing');
    if (positionals.length > words.max) {
      throw new UsageError(
        `too many words: ${String(positionals.length)} were given, it takes ${String(words.max)}`,
      );
    }
    return { values, words: positionals };
  } catch (error) {
    if (error instanceof TypeError && 'code' in error) {
      throw new UsageError(error.message.split('. ')[0] ?? 'the options are wrong');
    }
    throw error;
  }
}

/** What stands after the first `--` is another program's command line. */
export function splitCommand(args: readonly string[]): {
  readonly own: readonly string[];
  readonly command: readonly string[];
} {
  const dashes = args.indexOf('--');
  if (dashes < 0) return { own: args, command: [] };
  return { own: args.slice(0, dashes), command: args.slice(dashes + 1) };
}
