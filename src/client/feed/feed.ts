import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { FeedContract } from '../../contract/feed.ts';
import { UserError } from '../../user-error.ts';
import { conclude } from '../bootstrap/conclude.ts';
import type { Host } from '../bootstrap/host.ts';
import { VerdictError } from '../bootstrap/verdict.ts';
import { readKv } from '../kv.ts';
import { OpenBaoError } from '../openbao.ts';
import { LivingToken } from '../run/token.ts';
import { verdicts } from '../verdict.ts';
import { writeSecret } from './files.ts';

export interface Feed {
  readonly host: Host;
  readonly feed: FeedContract;
  /** In memory; Envoy watches it. */
  readonly directory: string;
  /** Seconds between two looks. */
  readonly poll: number;
  readonly stop: AbortSignal;
}

/** Seconds by a clock that nobody sets. */
const now = () => performance.now() / 1000;

/**
 * Keeps the files of Envoy until it is told to stop. Empty ones come first, so that Envoy can start and refuses
 * requests; they are empty again at the end, when OpenBao refuses this consumer, and when it has not been seen
 * for `keepFor`.
 *
 * @returns exit status: 0 after its end, or that of the verdict that kept it from being let in
 */
export async function keepFed({ host, feed, directory, poll, stop }: Feed): Promise<number> {
  const written = new Map<string, string>();
  const write = (name: string, value: string) => {
    if (written.get(name) === value && existsSync(join(directory, `${name}.json`))) return;
    writeSecret(directory, name, value);
    written.set(name, value);
  };
  const blank = () => {
    for (const { name } of feed.upstreams) write(name, '');
  };
  blank();
  const { verdict, session } = await conclude(host);
  if (session === undefined) return verdicts[verdict.name];
  const token = new LivingToken(host, session);
  let seen = now();
  try {
    while (!stop.aborted) {
      try {
        await token.tend();
        for (const { name, path, field, prefix } of feed.upstreams) {
          const value = (await readKv(token.connection, path))?.[field];
          if (value === undefined || value === '') host.say(`${name}: ${path} has no ${field} yet`);
          // A line end would be a second header.
          else if (/[^\x20-\x7e]/.test(value)) host.say(`${name}: the value fits into no header`);
          write(name, usable(value) ? `${prefix}${value}` : '');
        }
        seen = now();
      } catch (error) {
        if (!(error instanceof UserError)) throw error;
        host.say(error.message);
        if (isRefusal(error) || now() - seen > feed.keepFor || token.left <= 0) blank();
      }
      await pause(poll, stop);
    }
  } finally {
    blank();
    await token.revoke();
  }
  return 0;
}

function usable(value: string | undefined): value is string {
  return value !== undefined && /^[\x20-\x7e]+$/.test(value);
}

/** OpenBao itself says that this consumer may not: nothing is kept for it. */
function isRefusal(error: UserError): boolean {
  if (error instanceof VerdictError) return error.verdict.name !== 'unreachable';
  return error instanceof OpenBaoError && error.status === 403;
}

function pause(seconds: number, stop: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const end = () => {
      clearTimeout(timer);
      stop.removeEventListener('abort', end);
      resolve();
    };
    const timer = setTimeout(end, seconds * 1000);
    if (stop.aborted) end();
    else stop.addEventListener('abort', end);
  });
}
