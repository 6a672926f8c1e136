import ipaddr from 'ipaddr.js';
import { verdictOf, type Verdict } from '../verdict.ts';

/** How a limit of a login or a session compares; what cannot be read is UNKNOWN. */
export type LimitKind =
  /** Seconds or a duration; 0 or nothing: whatever the mount gives, longer than any. */
  | 'life'
  /** A number of uses; 0 or nothing: without end. */
  | 'uses'
  /** Source addresses; none: from anywhere. */
  | 'cidrs'
  /** A list of which one must fit (names, audiences); none: any fits. */
  | 'one-of'
  /** A list of what is given; none: nothing. */
  | 'all-of'
  /** The same as text, with commas between. */
  | 'listed'
  /** A map whose keys are what is given. */
  | 'keys'
  /** Critical options of SSH certificates, of which `source-address` is known. */
  | 'ssh-options'
  /** true is the stricter one; nothing is false. */
  | 'guard'
  /** false is the stricter one, and nothing is false. */
  | 'opening'
  /** A number of which less is stricter; nothing is 0. */
  | 'amount'
  /** The default of a firewall: `ACCEPT` lets everything through. */
  | 'door'
  /** Source addresses as Infisical writes them, `{ ip_address }`; none: from anywhere. */
  | 'addresses'
  /** A list of things that each give something; none: nothing. */
  | 'set'
  /** Permissions of Infisical, each `{ action, subject, conditions }`; none: nothing. */
  | 'permissions'
  /** Must stay what it is: which of two is stricter cannot be told. */
  | 'fixed';

const unit: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3600, d: 86_400 };

export function compareLimit(kind: LimitKind, before: unknown, after: unknown): Verdict {
  if (JSON.stringify(before ?? null) === JSON.stringify(after ?? null)) return 'SAME';
  switch (kind) {
    case 'life':
    case 'uses': {
      const [old, now] = [amount(before), amount(after)];
      if (old === undefined || now === undefined) return 'UNKNOWN';
      return verdictOf(now <= old, old <= now);
    }
    case 'cidrs': {
      const [old, now] = [networks(before), networks(after)];
      if (old === undefined || now === undefined) return 'UNKNOWN';
      return verdictOf(networksWithin(now, old), networksWithin(old, now));
    }
    case 'one-of':
    case 'all-of': {
      const [old, now] = [names(before), names(after)];
      if (old === undefined || now === undefined) return 'UNKNOWN';
      const unbound = kind === 'one-of';
      return verdictOf(listWithin(now, old, unbound), listWithin(old, now, unbound));
    }
    case 'addresses':
      return compareLimit('cidrs', addresses(before), addresses(after));
    case 'listed':
      return compareLimit('all-of', split(before), split(after));
    case 'keys':
      return compareLimit('all-of', keys(before), keys(after));
    case 'ssh-options': {
      const [old, now] = [sshSources(before), sshSources(after)];
      if (old === undefined || now === undefined) return 'UNKNOWN';
      return compareLimit('cidrs', old, now);
    }
    case 'guard':
    case 'opening': {
      if (![before ?? false, after ?? false].every((value) => typeof value === 'boolean'))
        return 'UNKNOWN';
      const [old, now] = [
        (before ?? false) === (kind === 'guard'),
        (after ?? false) === (kind === 'guard'),
      ];
      return verdictOf(now || !old, old || !now);
    }
    case 'amount': {
      const [old, now] = [before ?? 0, after ?? 0];
      if (typeof old !== 'number' || typeof now !== 'number') return 'UNKNOWN';
      return verdictOf(now <= old, old <= now);
    }
    case 'door': {
      const [old, now] = [doors[String(before)], doors[String(after)]];
      if (old === undefined || now === undefined) return 'UNKNOWN';
      return verdictOf(now <= old, old <= now);
    }
    case 'set':
    case 'permissions': {
      const read = kind === 'set' ? members : permissions;
      const [old, now] = [read(before), read(after)];
      if (old === undefined || now === undefined) return 'UNKNOWN';
      return verdictOf(listWithin(now, old, false), listWithin(old, now, false));
    }
    case 'fixed':
      return 'UNKNOWN';
  }
}

/** REJECT only answers where DROP is silent. */
const doors: Readonly<Record<string, number>> = { DROP: 0, REJECT: 0, ACCEPT: 1 };

/**
 * Whether a new thing lets more in by this argument than its strictest value would: what widens in something
 * whose creation is no widening by itself.
 */
export function isLoose(kind: LimitKind, value: unknown): boolean {
  switch (kind) {
    case 'guard':
      return value !== true;
    case 'opening':
    case 'amount':
      return compareLimit(kind, undefined, value) !== 'SAME';
    case 'door':
      return doors[String(value)] !== 0;
    case 'cidrs':
    case 'addresses':
    case 'ssh-options':
      return value === undefined || value === null || (Array.isArray(value) && value.length === 0);
    case 'life':
    case 'uses':
    case 'one-of':
    case 'all-of':
    case 'listed':
    case 'keys':
    case 'set':
    case 'permissions':
    case 'fixed':
      return false;
  }
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function listed(value: unknown): readonly unknown[] | undefined {
  if (value === undefined || value === null) return [];
  return Array.isArray(value) ? (value as readonly unknown[]) : undefined;
}

/** What is no such list is given back as it is, and read by nobody. */
function addresses(value: unknown): unknown {
  const found = listed(value)?.map((one) => (isRecord(one) ? one['ip_address'] : undefined));
  return found?.every((one) => typeof one === 'string') === true ? found : { not: 'a list' };
}

function members(value: unknown): readonly string[] | undefined {
  return listed(value)?.map((one) => JSON.stringify(one));
}

/** One text for each action. What has more than these three (`inverted` takes away) is not understood. */
function permissions(value: unknown): readonly string[] | undefined {
  const found: string[] = [];
  for (const one of listed(value) ?? [undefined]) {
    if (!isRecord(one)) return undefined;
    const { action, subject, conditions, ...rest } = one;
    const actions = typeof action === 'string' ? [action] : names(action);
    if (actions === undefined || actions.length === 0 || Object.keys(rest).length > 0) {
      return undefined;
    }
    found.push(...actions.map((name) => JSON.stringify([name, subject, conditions ?? null])));
  }
  return found;
}

function split(value: unknown): unknown {
  return typeof value === 'string' ? value.split(',').filter((one) => one !== '') : value;
}

function keys(value: unknown): unknown {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
    ? Object.keys(value)
    : value;
}

/** No option is no limit; one that is not known here cannot be compared. */
function sshSources(value: unknown): unknown {
  if (value === undefined || value === null) return [];
  if (typeof value !== 'object' || Array.isArray(value)) return undefined;
  const entries = Object.entries(value);
  if (entries.some(([name]) => name !== 'source-address')) return undefined;
  return split(entries[0]?.[1] ?? '');
}

/** Seconds or uses; zero and nothing are no limit: infinite. @returns undefined where it cannot be read */
export function amount(value: unknown): number | undefined {
  if (value === undefined || value === null || value === '') return Number.POSITIVE_INFINITY;
  if (typeof value !== 'string' && typeof value !== 'number') return undefined;
  const match = /^(\d+)([smhd]?)$/.exec(String(value));
  if (match === null) return undefined;
  const found = Number(match[1]) * (unit[match[2] ?? ''] ?? 1);
  return found === 0 ? Number.POSITIVE_INFINITY : found;
}

function names(value: unknown): readonly string[] | undefined {
  if (value === undefined || value === null) return [];
  if (!Array.isArray(value) || value.some((one) => typeof one !== 'string')) return undefined;
  return value as readonly string[];
}

function listWithin(inner: readonly string[], outer: readonly string[], unbound: boolean): boolean {
  if (unbound && outer.length === 0) return true;
  if (unbound && inner.length === 0) return false;
  return inner.every((one) => outer.includes(one));
}

type Network = ReturnType<typeof ipaddr.parseCIDR>;

function networks(value: unknown): readonly Network[] | undefined {
  const list = names(value);
  try {
    return list?.map((text) => {
      if (text.includes('/')) return ipaddr.parseCIDR(text);
      const address = ipaddr.parse(text);
      return [address, address.kind() === 'ipv4' ? 32 : 128] as Network;
    });
  } catch {
    return undefined;
  }
}

function networksWithin(inner: readonly Network[], outer: readonly Network[]): boolean {
  if (outer.length === 0) return true;
  if (inner.length === 0) return false;
  return inner.every(([address, bits]) =>
    outer.some(
      ([start, width]) =>
        start.kind() === address.kind() && width <= bits && address.match(start, width),
    ),
  );
}
