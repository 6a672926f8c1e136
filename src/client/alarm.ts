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
  const told = await Promise.all([log(alarm.text), url === undefined ? '' : post(url, alarm)]);
  for (const problem of told) if (problem !== '') process.stderr.write(`backbone: ${problem}\n`);
}

/** @returns why it was not told; empty where it was, or where there is no system log */
function log(text: string): Promise<string> {
  return new Promise((resolve) => {
    const logger = spawn('logger', ['-t', 'backbone', '-p', 'auth.alert', '--', text], {
      stdio: 'ignore',
      timeout: patience,
    });
    logger.once('error', () => {
      resolve('');
    });
    logger.once('exit', () => {
      resolve('');
    });
  });
}

/** Milliseconds. */
const patience = 10_000;

function post(url: string, alarm: Alarm): Promise<string> {
  const failed = (why: string) => `the alarm did not reach BACKBONE_ALARM_URL: ${why}`;
  if (!url.startsWith('https://')) return Promise.resolve(failed('it is not https'));
  return new Promise((resolve) => {
    const body = JSON.stringify({ ...alarm, at: new Date().toISOString() });
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
