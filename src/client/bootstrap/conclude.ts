import { hostname } from 'node:os';
import { ownConsumer } from '../certificate/consumer.ts';
import { establish } from './bootstrap.ts';
import { tell } from './duty.ts';
import type { Ended, Host } from './host.ts';
import { line, report, type Report, type Verdict } from './verdict.ts';

/** What a bootstrap ended with, told to everybody who has to know. */
export interface Concluded extends Ended {
  readonly report: Report & {
    /** Ways in which it was told beside stderr and the exit status. */
    readonly told: readonly string[];
  };
}

/** A bootstrap with its verdict in one line for people, and with the duties that come with it. */
export async function conclude(host: Host): Promise<Concluded> {
  const ended = await establish(host);
  host.say(line(ownConsumer(host.contract).name, ended.verdict));
  return { ...ended, report: await tellOf(ended.verdict, host) };
}

/** The duties of a verdict alone. */
export async function tellOf(verdict: Verdict, host: Host): Promise<Concluded['report']> {
  const made = report(ownConsumer(host.contract).name, hostname(), verdict);
  return { ...made, told: await tell(made, verdict, host.env, host.state, host.say) };
}
