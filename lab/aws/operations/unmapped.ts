import { Refusal } from '../refusal.ts';

/**
 * What the lab cannot translate into an IAM action it refuses: passing it on unchecked would let a
 * caller do what its policy does not grant.
 */
export function unmapped(what: string): Refusal {
  return new Refusal(
    'denied',
    `The lab's AWS does not know which permission ${what} takes, so it is refused for everyone.`,
  );
}
