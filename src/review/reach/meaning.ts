import type { Json } from '../../synthesized/resource.ts';
import type { LimitKind } from './limits.ts';

/**
 * What an argument of a resource type means for reach. `inert`: nothing, whoever it changes for. `policy`: read
 * by meaning in a file of its own. A limit kind: compared as such. A record: a block, argument by argument.
 */
export type Meaning = 'inert' | 'policy' | LimitKind | Meanings;
export interface Meanings {
  readonly [argument: string]: Meaning;
}

/**
 * A resource type that this review knows. What stands in no row is UNKNOWN when it is new or changes, and so is
 * a type that has none: it is looked at by a person until it has its row.
 */
export interface TypeMeaning {
  /** Who or what it is about, e.g. `approle`; with the name it is the subject of a change. */
  readonly subject: string;
  /** Argument that names it for people. @default - its name in Terraform */
  readonly name?: string;
  /**
   * Arguments by which the server tells it from others of its type. Two resources that have these in common are
   * the same thing under another name in Terraform, and are compared. @default - its name, or its address
   */
  readonly key?: readonly string[];
  readonly arguments: Meanings;
  /** What it means that there is a new one. */
  readonly created: 'nothing' | 'widens' | 'unknown' | 'by its policies';
  /** What it means that it is gone; of what guards something, that it no longer does. */
  readonly removed: 'nothing' | 'narrows' | 'widens' | 'unknown' | 'by its policies';
  /** Values beside which a new one is UNKNOWN: other kinds of the same type. */
  readonly only?: Readonly<Record<string, readonly Json[]>>;
}

/** Arguments that Terraform itself gives to every resource. */
export const everywhere = {
  depends_on: 'inert',
  // What is ignored is not applied: the file says one thing and the server another.
  lifecycle: {
    prevent_destroy: 'inert',
    create_before_destroy: 'inert',
    replace_triggered_by: 'inert',
    precondition: 'inert',
    postcondition: 'inert',
    ignore_changes: 'fixed',
  },
  provider: 'fixed',
  description: 'inert',
  tags: 'inert',
  tags_all: 'inert',
} as const satisfies Meanings;

/** Whether it is a block, to be read argument by argument. */
export function isBlock(meaning: Meaning): meaning is Meanings {
  return typeof meaning === 'object';
}
