import { isUnresolved } from '../../../synthesized/reference.ts';
import { amount } from '../limits.ts';
import { at, textsAt, type Located } from '../view.ts';
import type { Limits } from './grant.ts';

const noAmount = Number.POSITIVE_INFINITY;

/** Limits of a role of an auth method of OpenBao: of its token, and of a SecretID where it has those. */
export function roleLimits(role: Located): Limits {
  const approle = role.resource.type === 'vault_approle_auth_backend_role';
  // A role that asks for no SecretID is let in by its role id, as often as anybody likes.
  const without = approle && at(role, 'bind_secret_id') === false;
  return {
    ttl: seconds(role, 'token_ttl'),
    maxTtl: seconds(role, 'token_explicit_max_ttl') ?? seconds(role, 'token_max_ttl'),
    uses: without ? 0 : count(role, approle ? 'secret_id_num_uses' : 'token_num_uses'),
    cidrs: textsAt(role, 'token_bound_cidrs'),
  };
}

/** @returns undefined where it is not written, is 0 (the mount decides), or is known only after an apply */
export function seconds(located: Located, name: string): number | undefined {
  const value = at(located, name);
  const found = value === undefined || isUnresolved(value) ? undefined : amount(value);
  return found === noAmount ? undefined : found;
}

/** @returns 0 for without end; undefined where it cannot be told */
export function count(located: Located, name: string): number | undefined {
  const value = at(located, name);
  if (isUnresolved(value)) return undefined;
  const found = amount(value);
  return found === noAmount ? 0 : found;
}
