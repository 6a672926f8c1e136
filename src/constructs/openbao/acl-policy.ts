import { Construct } from 'constructs';
import { Policy } from '@cdktf/provider-vault/lib/policy/index.js';
import { renderAcl, type AclRule } from '../../../policies/openbao/acl.ts';
import { ConstructError } from '../construct-error.ts';
import { named } from '../logical-id.ts';

export interface AclPolicyProps {
  /** Name of the policy in OpenBao. */
  readonly policyName: string;
  readonly rules: readonly AclRule[];
}

/**
 * An OpenBao ACL policy.
 *
 * Guarantees: two rules for one path do not exist, as OpenBao would silently merge them into one that
 * allows more than either says.
 *
 * @throws ConstructError  a path occurs twice, or wrapping bounds that no request can meet
 */
export class AclPolicy extends Construct {
  readonly policyName: string;

  constructor(scope: Construct, id: string, props: AclPolicyProps) {
    super(scope, id);
    const seen = new Set<string>();
    for (const { path, wrapping } of props.rules) {
      if (seen.has(path)) throw new ConstructError(this, `two rules for the path "${path}"`);
      seen.add(path);
      if (wrapping !== undefined && wrapping.min > wrapping.max) {
        throw new ConstructError(
          this,
          `wrapping of "${path}" for at least ${String(wrapping.min)} s and at most ` +
            `${String(wrapping.max)} s: nothing could be issued`,
        );
      }
    }
    const resource = named(
      new Policy(this, 'Resource', { name: props.policyName, policy: renderAcl(props.rules) }),
      props.policyName,
    );
    this.policyName = resource.name;
  }
}
