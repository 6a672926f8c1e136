import { expect } from 'vitest';
import type { Recap } from '../../lab/host/playbook.ts';

type Ended = Pick<Recap, 'exitCode' | 'all'>;

/** A playbook that did what it should; where not, all of what it said is shown. */
export function good({ exitCode, all }: Ended): void {
  expect(exitCode, all).toBe(0);
}

export function unchanged(ran: Ended & Pick<Recap, 'changed'>): void {
  good(ran);
  expect(ran.changed, ran.all).toBe(0);
}

/** What it said, without the line breaks of its output. */
export function said({ all }: Pick<Recap, 'all'>): string {
  return all.replace(/\s+/g, ' ');
}
