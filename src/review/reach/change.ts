import type { Verdict } from '../verdict.ts';

/** One thing that changes in the world of trust, for one subject. */
export interface Change {
  readonly verdict: Exclude<Verdict, 'SAME'>;
  /** Who: `approle unpoller`, `AWS role tf-proxmox`, `firewall openbao`, ... */
  readonly subject: string;
  /** What: a path and an operation, an action on an ARN, the name of a limit, an attribute. */
  readonly what: string;
  /** As before and after, in words; `-` where there is or was nothing. */
  readonly before: string;
  readonly after: string;
  /** Through which resources, from the subject to what it reaches; for UNKNOWN, where to look. */
  readonly chain: readonly string[];
}

export const nothing = '-';
