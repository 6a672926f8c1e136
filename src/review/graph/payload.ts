import type { Change } from '../reach/change.ts';
import type { Grant } from '../reach/grants/grant.ts';

/** The trust graph as `backbone graph --json` prints it, and as the page carries it. */
export interface TrustGraph {
  readonly version: 1;
  /** Undefined where nothing is compared. */
  readonly review: Review | undefined;
  readonly nodes: readonly Node[];
  /** In the order of the list of grants; of a review, those of base that are gone as well. */
  readonly grants: readonly GraphGrant[];
}

export interface Review {
  /** The commit that is compared with, as it was asked for. */
  readonly base: string;
  /** What the review says, widening first; also what no grant shows, such as a guard that is gone. */
  readonly changes: readonly Change[];
}

export const columns = ['who', 'login', 'policy', 'session', 'resource'] as const;
export type Column = (typeof columns)[number];

/** One box. A grant goes through boxes from left to right, at most one in a column. */
export interface Node {
  readonly id: string;
  readonly column: Column;
  readonly label: string;
  /** What it is: `AppRole`, `OpenBao policy`, ... */
  readonly kind: string;
}

/** How a grant differs from base. `unknown`: it changed, and which way cannot be told; as bad as `widened`. */
export type Mark = 'same' | 'added' | 'removed' | 'widened' | 'narrowed' | 'unknown';

export interface GraphGrant extends Omit<Grant, 'decides'> {
  /** Evaluated, not shown. */
  readonly decides?: undefined;
  /** Ids of its nodes, from left to right. */
  readonly path: readonly string[];
  /** The consumer, or who stands in its place: what the first column shows. */
  readonly who: string;
  readonly group: Group;
  /** Of what every login has or needs for itself: its own token, its arrival. Left out until asked for. */
  readonly housekeeping: boolean;
  /** In words: `reads`, how it gets there step by step, how long, how often, from where. */
  readonly may: string;
  readonly steps: readonly Step[];
  readonly limits: readonly string[];
  readonly mark: Mark;
  /** Each attribute that differs from base, in words. */
  readonly differences: readonly string[];
}

export interface Step {
  readonly says: string;
  /** `stack: address`; undefined where no resource stands for it. */
  readonly address: string | undefined;
}

export type Group = 'consumers' | 'program' | 'people' | 'aws' | 'other';
