import { spawn } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { request } from 'node:https';
import { join } from 'node:path';
import { writeWhole } from '../certificate/state.ts';
import { isAlarm, line, type Report, type Verdict } from './verdict.ts';

/**
 * What a verdict obliges to. A consumer that was robbed has no token and can revoke nothing; it can tell, in
 * every way that it was given, and none of them failing keeps the others from being tried.
 */

/** A way of telling, and whether it worked; nothing here throws. */
interface Told {
  readonly way: 'record' | 'webhook' | 'syslog';
  readonly problem?: string;
}

/** Milliseconds for a webhook or for `logger`. */
const patience = 10_000;

/** Where records are kept: `BACKBONE_ALARMS`, which a launcher or the issuer's sweep may read, else in the state. */
export function alarmDirectory(env: NodeJS.ProcessEnv, state: string): string {
  const named = env['BACKBONE_ALARMS'];
  return named !== undefined && named !== '' ? named : join(state, 'alarms');
}

/**
 * Tells of a verdict other than `delivered`: a record (not for `unreachable`, which says nothing about a
 * credential), syslog, and for an alarm the webhook of BACKBONE_ALARM_URL.
 *
 * @returns the ways that worked
 */
export async function tell(
  report: Report,
  verdict: Verdict,
  env: NodeJS.ProcessEnv,
  state: string,
  say: (message: string) => void,
): Promise<readonly Told['way'][]> {
  if (verdict.name === 'delivered') return [];
  const url = env['BACKBONE_ALARM_URL'];
  const ways = await Promise.all([
    ...(verdict.name === 'unreachable' ? [] : [record(report, alarmDirectory(env, state))]),
    syslog(report, verdict, env),
    ...(isAlarm(verdict) && url !== undefined && url !== '' ? [webhook(report, url)] : []),
  ]);
  for (const { way, problem } of ways) {
    // A host without syslog is nothing to speak of as long as somebody is told.
    if (problem !== undefined && way !== 'syslog') say(`the ${way} could not be told: ${problem}`);
  }
  return ways.filter(({ problem }) => problem === undefined).map(({ way }) => way);
}

/**
 * One file a case, so that a service that is started again and again does not fill the disk. The directory is
 * made where it is not there; a launcher's own keeps its mode.
 */
async function record(report: Report, directory: string): Promise<Told> {
  try {
    mkdirSync(directory, { recursive: true, mode: 0o700 });
    const name = `${report.consumer}-${report.verdict}-${report.accessor ?? 'unknown'}.json`;
    writeWhole(join(directory, name), `${JSON.stringify(report)}\n`);
    return { way: 'record' };
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    return { way: 'record', problem: code ?? message };
  }
}

/** By `logger` of util-linux or bsdutils: Node has no datagram sockets of the kind that syslog has. */
async function syslog(report: Report, verdict: Verdict, env: NodeJS.ProcessEnv): Promise<Told> {
  const priority = isAlarm(verdict) ? 'auth.alert' : 'auth.warning';
  const args = ['-t', 'credential-backbone', '-p', priority, '--', line(report.consumer, verdict)];
  return new Promise((resolve) => {
    const child = spawn('logger', args, {
      stdio: 'ignore',
      timeout: patience,
      env: { PATH: env['PATH'] },
    });
    child.once('error', (error) => {
      resolve({ way: 'syslog', problem: error.message });
    });
    child.once('exit', (status) => {
      resolve(
        status === 0
          ? { way: 'syslog' }
          : { way: 'syslog', problem: `logger ended with ${String(status)}` },
      );
    });
  });
}

/** A POST of the report. A private CA is given to Node itself, by NODE_EXTRA_CA_CERTS. */
async function webhook(report: Report, url: string): Promise<Told> {
  const failed = (problem: string): Told => ({ way: 'webhook', problem });
  if (!URL.canParse(url) || new URL(url).protocol !== 'https:') {
    return failed('BACKBONE_ALARM_URL is no https address');
  }
  return new Promise((resolve) => {
    const outgoing = request(
      url,
      { method: 'POST', timeout: patience, headers: { 'Content-Type': 'application/json' } },
      (response) => {
        response.resume();
        const status = response.statusCode ?? 0;
        resolve(
          status >= 200 && status < 300
            ? { way: 'webhook' }
            : failed(`it answered ${String(status)}`),
        );
      },
    );
    outgoing.once('timeout', () => outgoing.destroy(new Error('no answer')));
    outgoing.once('error', (error: NodeJS.ErrnoException) => {
      resolve(failed(error.code ?? error.message));
    });
    outgoing.end(JSON.stringify(report));
  });
}
