import { hostname } from 'node:os';
import { ownConsumer } from '../certificate/consumer.ts';
import { establish } from './bootstrap.ts';
import { tell } from './duty.ts';
import type { Ended, Host } from './host.ts';
import { line, report, type Report } from './verdict.ts';

/** What a bootstrap ended with, told to everybody who has to know. */
export interface Concluded extends Ended {
  readonly report: Report & {
    /** Ways in which it was told beside stderr and the exit status. */
    readonly told: readonly string[];
  };
}

/** A bootstrap with its verdict in one line for people, and with the duties that come with it. */
export async function conclude(host: Host): Promise<Concluded> {
  const { name } = ownConsumer(host.contract);
  const ended = await establish(host);
  host.say(line(name, ended.verdict));
  const made = report(name, hostname(), ended.verdict);
  const told = await tell(made, ended.verdict, host.env, host.state, host.say);
  return { ...ended, report: { ...made, told } };
}
