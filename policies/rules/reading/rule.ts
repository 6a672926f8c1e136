import type { Located, View } from '../../../src/review/reach/view.ts';
import type { Stack } from '../../../src/synthesized/resource.ts';

/**
 * One guardrail. It reads what was synthesized and nothing of the program that made it, so what an override
 * or a hand wrote counts as well. Whatever it cannot evaluate is a finding, too.
 */
export interface Rule {
  /** The name of its file. */
  readonly id: string;
  /** `error`: nothing is synthesized until it is put right or acknowledged; `warning`: it is shown. */
  readonly severity: 'error' | 'warning';
  readonly title: string;
  /** What could happen. */
  readonly explanation: string;
  readonly fix: string;
  /** Findings that this rule leaves out on purpose, each with its reason; shown in RULES.md. */
  readonly reviewed?: readonly Reviewed[];
  readonly check: (view: RuleView) => readonly Found[];
}

export interface Reviewed {
  readonly what: string;
  readonly reason: string;
}

export interface Found {
  readonly stack: string;
  /** `type.name` of a resource, `data.type.name`, or a block: `provider.vault`, `output.x`. */
  readonly address: string;
  /** Where it comes from in the program; undefined for what was written by hand. */
  readonly constructPath: string | undefined;
  /**
   * What of it, e.g. `secret_id_num_uses = 0` or a path of a policy; never a secret value. An
   * acknowledgement names it, so that it ends when the thing changes.
   */
  readonly part: string;
  readonly problem: string;
}

export interface RuleView extends View {
  readonly stacks: readonly Stack[];
  readonly declared: Declared;
}

/** What the declaration promises, for the rules that hold the output against it. Seconds. */
export interface Declared {
  /** Longest life of a session, by engine role (`tf-proxmox`). */
  readonly sessions: Readonly<Record<string, number>>;
  /** Longest life of a token, by login role (`unpoller`). */
  readonly tokens: Readonly<Record<string, number>>;
}

export function found({ resource }: Located, problem: string, part = ''): Found {
  const { stack, address, constructPath } = resource;
  return { stack, address, constructPath, part, problem };
}

/** A finding on something that is no resource. */
export function foundAt(stack: Stack, address: string, problem: string, part = ''): Found {
  return { stack: stack.name, address, constructPath: undefined, part, problem };
}
