import { join } from 'node:path';
import { toSyslog, toWebhook } from '../alarm.ts';
import { writeWhole } from '../certificate/state.ts';
import { fromEnv } from '../connection.ts';
import { isAlarm, line, type Report, type Verdict } from './verdict.ts';
import { makeDirectory } from '../make-directory.ts';

/**
 * What a verdict obliges to. A consumer that was robbed has no token and can revoke nothing; it can tell, in
 * every way that it was given, and none of them failing keeps the others from being tried.
 */

/** How somebody is told, beside stderr and the exit status. */
export type Way = 'record' | 'syslog' | 'webhook';

/** Where records are kept: `BACKBONE_ALARMS`, which a launcher or the issuer's sweep reads, else in the state. */
export function alarmDirectory(env: NodeJS.ProcessEnv, state: string): string {
  return fromEnv(env, 'BACKBONE_ALARMS') ?? join(state, 'alarms');
}

/**
 * Tells of a verdict other than `delivered`: a record (not for `unreachable`, which says nothing about a
 * credential), syslog, and for an alarm the webhook of BACKBONE_ALARM_URL. Never throws.
 *
 * @returns the ways that worked
 */
export async function tell(
  report: Report,
  verdict: Verdict,
  env: NodeJS.ProcessEnv,
  state: string,
  say: (message: string) => void,
): Promise<readonly Way[]> {
  if (verdict.name === 'delivered') return [];
  const kept = verdict.name !== 'unreachable' && record(report, alarmDirectory(env, state), say);
  const url = fromEnv(env, 'BACKBONE_ALARM_URL');
  const [logged, problem] = await Promise.all([
    toSyslog(isAlarm(verdict) ? 'auth.alert' : 'auth.warning', line(report.consumer, verdict)),
    isAlarm(verdict) && url !== undefined ? toWebhook(url, report) : undefined,
  ]);
  if (problem !== undefined && problem !== '') say(problem);
  return [
    ...(kept ? (['record'] as const) : []),
    ...(logged ? (['syslog'] as const) : []),
    ...(problem === '' ? (['webhook'] as const) : []),
  ];
}

/**
 * One file a case, so that a service that is started again and again does not fill the disk. The directory is
 * made where it is not there; a launcher's own keeps its mode.
 */
function record(report: Report, directory: string, say: (message: string) => void): boolean {
  try {
    makeDirectory(directory);
    const name = `${report.consumer}-${report.verdict}-${report.accessor ?? 'unknown'}.json`;
    writeWhole(join(directory, name), `${JSON.stringify(report)}\n`);
    return true;
  } catch (error) {
    say(`no record was left: ${(error as Error).message}`);
    return false;
  }
}
