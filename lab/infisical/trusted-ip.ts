import { BlockList, isIP } from 'node:net';
import { z } from 'zod';
import type { Place } from './call.ts';
import { badRequest } from './refusal.ts';
import type { TrustedIp } from './state.ts';

const anywhere = ['0.0.0.0/0', '::/0'];

export const trustedIpsSchema = z.array(z.object({ ipAddress: z.string() }));

/** @throws Refusal  400: no network, or one that the plan does not include (the server's own words) */
export function parseTrustedIps(
  given: z.infer<typeof trustedIpsSchema>,
  { plan }: Place,
): TrustedIp[] {
  return given.map(({ ipAddress }) => {
    if (plan === 'free' && !anywhere.includes(ipAddress)) {
      throw badRequest(
        'Failed to add IP access range to service token due to plan restriction. ' +
          'Upgrade plan to add IP access range.',
      );
    }
    const [address = '', prefix] = ipAddress.split('/');
    const family = isIP(address);
    if (family === 0) throw badRequest('The IP is not a valid IPv4, IPv6, or CIDR block');
    const type = family === 4 ? 'ipv4' : 'ipv6';
    return prefix === undefined
      ? { ipAddress: address, type }
      : { ipAddress: address, type, prefix: Number(prefix) };
  });
}

export function isTrusted(source: string, trusted: readonly TrustedIp[]): boolean {
  const list = new BlockList();
  for (const { ipAddress, type, prefix } of trusted) {
    if (prefix === undefined) list.addAddress(ipAddress, type);
    else list.addSubnet(ipAddress, prefix, type);
  }
  const plain = source.replace(/^::ffff:(?=\d+\.)/, '');
  return list.check(plain, isIP(plain) === 6 ? 'ipv6' : 'ipv4');
}
