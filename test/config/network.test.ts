import { describe, expect, it } from 'vitest';
import { cidr } from '../../src/config/brands.ts';
import {
  contains,
  host,
  network,
  overlapping,
  overlaps,
  type Network,
} from '../../src/config/network.ts';

/** A small generator with a fixed seed: the same cases in every run. */
function random(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}

/** Networks of 10.0.0.0/24, small enough to compare address by address. */
function someNetworks(seed: number, count: number) {
  const next = random(seed);
  return Array.from({ length: count }, () => {
    const prefix = 24 + next(9);
    const size = 2 ** (32 - prefix);
    const start = Math.floor(next(256) / size) * size;
    const addresses = new Set(Array.from({ length: size }, (_, index) => start + index));
    return { text: `10.0.0.${String(start)}/${String(prefix)}`, addresses };
  });
}

describe('networks', () => {
  it.each([1, 2, 3, 4, 5])('overlap exactly if they share an address (seed %i)', (seed) => {
    const all = someNetworks(seed, 40);
    for (const a of all) {
      for (const b of all) {
        const shared = [...a.addresses].some((one) => b.addresses.has(one));
        expect(overlaps(network(a.text), network(b.text)), `${a.text} ${b.text}`).toBe(shared);
        expect(contains(network(a.text), network(b.text))).toBe(
          [...b.addresses].every((one) => a.addresses.has(one)),
        );
      }
    }
  });

  it.each([11, 12, 13, 14, 15])('are found in pairs as by comparing all (seed %i)', (seed) => {
    const entries = someNetworks(seed, 60).map(({ text }, id) => ({ id, network: network(text) }));
    const key = (a: { id: number }, b: { id: number }) =>
      [a.id, b.id].sort((x, y) => x - y).join('-');
    const expected = entries.flatMap((a, index) =>
      entries.slice(index + 1).flatMap((b) => (overlaps(a.network, b.network) ? [key(a, b)] : [])),
    );
    const found = overlapping(entries).map(([a, b]) => key(a, b));
    expect(found.sort()).toEqual(expected.sort());
  });

  it('of IPv4 and IPv6 never overlap', () => {
    expect(overlaps(network('0.0.0.0/0'), network('::/0'))).toBe(false);
  });

  it.each([
    ['::ffff:192.0.2.1/128', '192.0.2.1/32'],
    ['::ffff:c000:201/128', '192.0.2.1/32'],
    ['::ffff:192.0.2.0/120', '192.0.2.0/24'],
    ['::ffff:0.0.0.0/96', '0.0.0.0/0'],
  ])('%s is %s', (mapped, plain) => {
    expect(network(mapped)).toEqual(network(plain));
  });

  it('of one address hold it alone', () => {
    const one: Network = host('2001:db8::1');
    expect(one.first).toBe(one.last);
    expect(host('192.0.2.1')).toEqual(network('192.0.2.1/32'));
  });
});

describe('a network is written', () => {
  it.each(['192.0.2.0/24', '192.0.2.1/32', '2001:db8::/32', '2001:db8::1/128', '127.0.2.5/32'])(
    'as %s',
    (text) => {
      expect(cidr.safeParse(text).success).toBe(true);
    },
  );

  it.each([
    '192.0.2.1/24',
    '192.0.2/24',
    '192.0.2.0/024',
    '192.0.2.0/33',
    '192.0.2.0/-1',
    '192.0.2.0/24/24',
    '192.0.2.0/',
    '192.0.2.0',
    '0300.0.2.0/24',
    '0xc0.0.2.0/24',
    '3221225985/32',
    ' 192.0.2.0/24',
    '2001:db8::1/64',
    '2001:0db8::/32',
    'fe80::1%eth0/128',
    '::ffff:192.0.2.1/128',
    'example.net/32',
    '',
  ])('not as %j', (text) => {
    expect(cidr.safeParse(text).success).toBe(false);
  });
});
