import { spawn } from 'node:child_process';
import { request } from 'node:https';
import { fromEnv } from './connection.ts';
import type { Verdict } from './verdict.ts';

/** What is told of a delivery that went wrong. Nothing in it is secret. */
export interface Alarm {
  readonly verdict: Verdict;
  readonly consumer: string;
  readonly accessor: string;
  /** One line for people: what happened and what to do. */
  readonly text: string;
}

/**
 * Tells everybody who can be told: stderr, the system's log, and BACKBONE_ALARM_URL (a JSON object by POST). Never
 * throws, and never waits long: the alarm must not keep back what answers it.
 */
export async function raiseAlarm(env: NodeJS.ProcessEnv, alarm: Alarm): Promise<void> {
  process.stderr.write(`backbone: ALARM: ${alarm.text}\n`);
  const url = fromEnv(env, 'BACKBONE_ALARM_URL');
  const told = await Promise.all([
    toSyslog('auth.alert', alarm.text).then(() => ''),
    url === undefined ? '' : toWebhook(url, { ...alarm, at: new Date().toISOString() }),
  ]);
  for (const problem of told) if (problem !== '') process.stderr.write(`backbone: ${problem}\n`);
}

/**
 * By `logger` of util-linux or bsdutils: Node has no datagram sockets of the kind that syslog has.
 *
 * @returns whether there is a system log that took it
 */
export function toSyslog(priority: 'auth.alert' | 'auth.warning', text: string): Promise<boolean> {
  return new Promise((resolve) => {
    const logger = spawn('logger', ['-t', 'backbone', '-p', priority, '--', text], {
      stdio: 'ignore',
    });
    // Not the timeout of `spawn`, which holds this process up where there is no such program.
    setTimeout(() => logger.kill(), patience).unref();
    logger.once('error', () => {
      resolve(false);
    });
    logger.once('exit', (status) => {
      resolve(status === 0);
    });
  });
}

/** Milliseconds. */
const patience = 10_000;

/**
 * A JSON object by POST. A private CA is given to Node itself, by NODE_EXTRA_CA_CERTS.
 *
 * @returns why it was not told; empty where it was
 */
export function toWebhook(url: string, told: object): Promise<string> {
  const failed = (why: string) => `the alarm did not reach BACKBONE_ALARM_URL: ${why}`;
  if (!url.startsWith('https://')) return Promise.resolve(failed('it is not https'));
  return new Promise((resolve) => {
    const body = JSON.stringify(told);
    try {
      const outgoing = request(
        url,
        { method: 'POST', timeout: patience, headers: { 'Content-Type': 'application/json' } },
        (response) => {
          response.resume();
          const status = response.statusCode ?? 0;
          resolve(status >= 200 && status < 300 ? '' : failed(`it answered ${String(status)}`));
        },
      );
      outgoing.once('timeout', () => outgoing.destroy(new Error('no answer')));
      outgoing.once('error', (error: NodeJS.ErrnoException) => {
        resolve(failed(error.code ?? 'no answer'));
      });
      outgoing.end(body);
    } catch {
      resolve(failed('it is no URL'));
    }
  });
}
