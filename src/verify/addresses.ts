import { createServer } from 'node:net';
import { networkInterfaces } from 'node:os';
import ipaddr from 'ipaddr.js';
import { call, type Connection } from '../client/openbao.ts';
import { UserError } from '../user-error.ts';

/** Whether an address is within one of the networks; single addresses may stand without a prefix. */
export function within(address: string, cidrs: readonly string[]): boolean {
  const own = ipaddr.parse(address);
  return cidrs.some((cidr) => {
    const [network, bits] = ipaddr.parseCIDR(
      cidr.includes('/') ? cidr : `${cidr}/${cidr.includes(':') ? '128' : '32'}`,
    );
    return network.kind() === own.kind() && own.match(network, bits);
  });
}

/** An address within the networks that this machine can speak from; undefined: it has none. */
export async function ownAddress(cidrs: readonly string[]): Promise<string | undefined> {
  const single = cidrs.flatMap((cidr) => /^(.*)\/(?:32|128)$/.exec(cidr)?.[1] ?? []);
  const candidates = [...single, ...interfaces().filter((address) => within(address, cidrs))];
  for (const address of candidates) if (await isHere(address)) return address;
  return undefined;
}

/** Nobody's: on a machine whose loopback is a whole network (Linux), the lab's servers can be reached from it. */
const strangerOnLoopback = '127.86.86.86';

/** An address outside of the networks from which this machine reaches the server. */
export async function strangeAddress(
  connection: Connection,
  cidrs: readonly string[],
): Promise<string | undefined> {
  for (const localAddress of [...interfaces(), strangerOnLoopback]) {
    if (within(localAddress, cidrs) || !(await isHere(localAddress))) continue;
    const there = { ...connection, token: undefined, localAddress };
    if (await answers(there)) return localAddress;
  }
  return undefined;
}

async function answers(connection: Connection): Promise<boolean> {
  try {
    await call(connection, { method: 'GET', path: 'sys/seal-status', patience: 3000 });
    return true;
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    return false;
  }
}

function interfaces(): readonly string[] {
  return Object.values(networkInterfaces()).flatMap((all = []) =>
    all.filter(({ scopeid }) => (scopeid ?? 0) === 0).map(({ address }) => address),
  );
}

function isHere(host: string): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => {
      resolve(false);
    });
    server.listen({ host, port: 0 }, () => {
      server.close(() => {
        resolve(true);
      });
    });
  });
}
