import { stat } from 'node:fs/promises';
import { execa } from 'execa';
import { exists } from '../parts/cache.ts';

/** A network of its own for containers: a namespace with a bridge, which nothing outside can reach. */
export interface Network {
  /** Name of the namespace, as `ip netns` knows it. */
  readonly namespace: string;
  readonly bridge: string;
  /** Addresses of the namespace itself on the bridge, with prefix; the containers' gateways. */
  readonly addresses: readonly string[];
  /**
   * Addresses that would be other machines: the namespace has them, so that a command in it can connect
   * from each, and the containers reach a server of the lab by them.
   */
  readonly elsewhere?: readonly string[];
  /** One of these: where a command in the namespace connects from when it picks none. */
  readonly seat?: string;
}

export const namespacePath = (namespace: string) => `/run/netns/${namespace}`;

/** Arguments before a command that run it in the network alone: every other namespace stays. */
export function inNetwork(namespace: string): readonly [string, ...string[]] {
  return ['nsenter', `--net=${namespacePath(namespace)}`, '--'];
}

/** Makes the network. */
export async function makeNetwork(network: Network): Promise<void> {
  const { namespace, bridge, addresses, elsewhere = [], seat } = network;
  await execa('ip', ['netns', 'add', namespace]);
  const ip = (...args: readonly string[]) => execa('ip', ['-n', namespace, ...args]);
  await ip('link', 'set', 'lo', 'up');
  await ip('link', 'add', bridge, 'type', 'bridge');
  for (const address of addresses) await ip('address', 'add', address, 'dev', bridge);
  for (const address of elsewhere) await ip('address', 'add', `${address}/32`, 'dev', 'lo');
  await ip('link', 'set', bridge, 'up');
  if (seat !== undefined) {
    for (const connected of await connectedRoutes(namespace, bridge)) {
      await ip('route', 'replace', connected, 'dev', bridge, 'src', seat);
    }
  }
  const sysctl = 'for s; do echo 1 >/proc/sys/net/$s; done';
  await execa('nsenter', [
    ...[`--net=${namespacePath(namespace)}`, 'sh', '-c', sysctl, 'sh'],
    ...['ipv4/ip_forward', 'bridge/bridge-nf-call-iptables', 'bridge/bridge-nf-call-ip6tables'],
  ]);
}

async function connectedRoutes(namespace: string, bridge: string): Promise<readonly string[]> {
  const { stdout } = await execa('ip', ['-n', namespace, '-4', 'route', 'show', 'dev', bridge]);
  return stdout.split('\n').flatMap((line) => line.split(' ')[0] ?? []);
}

/** Whether this process is in the network. */
export async function isInNetwork(namespace: string): Promise<boolean> {
  const [own, other] = await Promise.all([
    stat('/proc/self/ns/net'),
    stat(namespacePath(namespace)),
  ]);
  return own.ino === other.ino && own.dev === other.dev;
}

/** Safe where it is gone. */
export async function removeNetwork(namespace: string): Promise<void> {
  if (await exists(namespacePath(namespace))) await execa('ip', ['netns', 'delete', namespace]);
}
