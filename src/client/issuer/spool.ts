import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { object, optionalText, text } from '../../contract/shape.ts';
import { UserError } from '../../user-error.ts';
import { isVerdict, type Verdict } from '../verdict.ts';

/** What a consumer wrote down when its delivery went wrong: it has no token to do more. */
export interface Report {
  /** Absent where the consumer was told none. */
  readonly accessor?: string;
  readonly consumer: string;
  readonly verdict: Verdict;
}

/** Bytes of a record, at most: it comes from a host that may be in other hands. */
const longest = 64 * 1024;

/**
 * Records of a spool directory. What is no record is left alone and named on stderr: it neither stops the sweep
 * nor passes for one.
 *
 * @throws UserError  the directory cannot be read: that is not the same as an empty one
 */
export function readSpool(directory: string): readonly Report[] {
  let names: readonly string[];
  try {
    names = readdirSync(directory).filter((name) => name.endsWith('.json'));
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw new UserError(`the spool ${directory} cannot be read (${code ?? 'unknown'})`);
  }
  return names.flatMap((name) => {
    try {
      return [readRecord(join(directory, name))];
    } catch {
      process.stderr.write(`backbone: ${JSON.stringify(join(directory, name))} is no record\n`);
      return [];
    }
  });
}

function readRecord(file: string): Report {
  const { size } = statSync(file);
  if (size > longest) throw new UserError('too long');
  const record = object(JSON.parse(readFileSync(file, 'utf8')), 'record');
  const verdict = text(record, 'verdict');
  if (!isVerdict(verdict)) throw new UserError('no verdict');
  const accessor = optionalText(record, 'accessor');
  return {
    consumer: text(record, 'consumer'),
    verdict,
    ...(accessor === undefined ? {} : { accessor }),
  };
}
