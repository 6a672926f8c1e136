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
  /** true is the stricter one; nothing is false. */
  | 'guard'
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
    case 'guard':
      if (![before ?? false, after ?? false].every((value) => typeof value === 'boolean'))
        return 'UNKNOWN';
      return verdictOf(after === true || before !== true, before === true || after !== true);
    case 'fixed':
      return 'UNKNOWN';
  }
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
