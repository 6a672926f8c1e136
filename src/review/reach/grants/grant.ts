import type { Rule } from '../../acl/acl.ts';
import type { Statement } from '../../iam/document.ts';

/**
 * One thing that a synthesized output gives to one subject, or takes from it again (`effect: 'deny'`). What
 * could not be followed to its end is a grant as well, with the reason in `unknown`: never nothing.
 */
export interface Grant extends Limits {
  /** As the review names it: `approle unpoller`, `certificate unpoller`, `Infisical identity x`, ... */
  readonly subject: string;
  readonly kind: SubjectKind;
  /** The declared consumer that the subject belongs to; undefined for the program's own identities and people. */
  readonly consumer: string | undefined;
  /** `stack: address` of each resource that it goes through, from what lets the subject in. */
  readonly chain: readonly string[];
  readonly system: 'openbao' | 'aws' | 'infisical' | 'github';
  /**
   * A path of OpenBao as rules write it (`+`, trailing `*`), an ARN with IAM's wildcards,
   * `infisical://project/environment/path`, `github://owner/repository`; `?` where it cannot be told.
   */
  readonly resource: string;
  readonly effect: 'allow' | 'deny';
  /** Capabilities of OpenBao, or actions of IAM in lower case, or of Infisical; sorted, as the policy has them. */
  readonly actions: readonly string[];
  /** What must hold besides, in words: parameters, wrapping, conditions of IAM, what a login is bound to. */
  readonly conditions: readonly string[];
  /** Security ladder: 1 dynamic, 2 short-lived access to a static secret, 3 injected; undefined: no secret, or not told. */
  readonly rung: Rung | undefined;
  readonly secretClass: SecretClass | undefined;
  /** Why it, or a part of it, cannot be told. */
  readonly unknown: string | undefined;
  /** What decides: as it was evaluated, not as it is shown. */
  readonly decides: Decides | undefined;
}

/** Of a subject: how it gets in, and for how long. */
export interface Limits {
  /** Seconds until what it gets ends unless it is renewed; undefined: the mount's, or not told. */
  readonly ttl: number | undefined;
  /** Seconds after which it ends in any case. */
  readonly maxTtl: number | undefined;
  /** How often what it logs in with (a SecretID, an access token) works; 0: without end; undefined: not told. */
  readonly uses: number | undefined;
  /** Addresses that it logs in from and is served at; empty: any; undefined: not told. A session of AWS, once minted, is bound to none. */
  readonly cidrs: readonly string[] | undefined;
}

export type Rung = 1 | 2 | 3;

export type SubjectKind =
  | 'approle'
  | 'certificate'
  | 'single sign-on'
  | 'GitHub Actions'
  /** Whoever is given a policy outside these stacks, e.g. users of userpass. */
  | 'policy holder'
  | 'Infisical identity'
  | 'Infisical sync'
  | 'AWS role'
  | 'AWS principal'
  /** A resource of a type that nobody here understands. */
  | 'resource';

/** Secret classes of the migration that what was synthesized tells apart. */
export type SecretClass =
  | 'aws-tf-state'
  | 'unifi'
  | 'ai-model-keys'
  | 'app-runtime-env'
  | 'github-actions-secrets'
  | 'bootstrap';

export type Decides =
  | { readonly by: 'acl'; readonly rule: Rule }
  | { readonly by: 'iam'; readonly statement: Statement };

export const noLimits: Limits = {
  ttl: undefined,
  maxTtl: undefined,
  uses: undefined,
  cidrs: undefined,
};
