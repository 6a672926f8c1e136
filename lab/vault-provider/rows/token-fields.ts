import { isIPv6 } from 'node:net';
import type { Send } from '../endpoint.ts';
import type { Rules } from '../plan.ts';
import { isList, type Values } from '../../provider-protocol/value.ts';

/** What every auth method's role says of the tokens it gives. */
export const tokenRules: Rules = { token_type: { default: 'default' } };

const names = [
  'token_bound_cidrs',
  'token_policies',
  'token_explicit_max_ttl',
  'token_max_ttl',
  'token_no_default_policy',
  'token_period',
  'token_type',
  'token_ttl',
  'token_num_uses',
  'alias_metadata',
] as const;

export const tokenSend: Readonly<Record<string, Send>> = Object.fromEntries(
  names.map((name) => [name, 'changed' as const]),
);

export const tokenRead: readonly string[] = names;

/** The server writes single addresses without their prefix; the state has it, unless configured without. */
export const tokenDecode = {
  token_bound_cidrs(raw: unknown, state: Values): unknown {
    if (!Array.isArray(raw)) return raw;
    const configured = state['token_bound_cidrs'] ?? null;
    return raw.map((address: unknown) => {
      if (typeof address !== 'string' || address.includes('/')) return address;
      if (isList(configured) && configured.includes(address)) return address;
      return `${address}/${isIPv6(address) ? '128' : '32'}`;
    });
  },
};
