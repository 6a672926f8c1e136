import { createServer, isIP } from 'node:net';
import { networkInterfaces } from 'node:os';
import ipaddr from 'ipaddr.js';

/**
 * An address of this machine that lies in one of the networks: what a login that is bound to addresses has to come
 * from. On Linux all of 127.0.0.0/8 is this machine's, though no interface lists it.
 *
 * @param networks  CIDR
 */
export async function sourceAmong(networks: readonly string[]): Promise<string | undefined> {
  const listed = Object.values(networkInterfaces()).flatMap((all) => all ?? []);
  const inside = listed
    .map(({ address }) => address)
    .filter((address) => networks.some((network) => contains(network, address)));
  const single = networks.filter((one) => /\/(32|128)$/.test(one)).map((one) => one.split('/')[0]);
  for (const address of [...inside, ...single]) {
    if (address !== undefined && (await isOurs(address))) return address;
  }
  return undefined;
}

function contains(network: string, address: string): boolean {
  if (isIP(address) === 0) return false;
  const [base, length] = ipaddr.parseCIDR(network);
  const parsed = ipaddr.parse(address);
  return parsed.kind() === base.kind() && parsed.match(base, length);
}

/** Only the system knows; a socket that nobody is told of asks it. */
function isOurs(address: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = createServer();
    socket.once('error', () => {
      resolve(false);
    });
    socket.listen(0, address, () => {
      socket.close(() => {
        resolve(true);
      });
    });
  });
}
