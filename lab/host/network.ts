import { execa } from 'execa';
import { exists } from '../parts/cache.ts';

/** A network of its own for containers: a namespace with a bridge, which nothing outside can reach. */
export interface Network {
  /** Name of the namespace, as `ip netns` knows it. */
  readonly namespace: string;
  readonly bridge: string;
  /** Addresses of the namespace itself on the bridge, with prefix; the containers' gateways. */
  readonly addresses: readonly string[];
}

export const namespacePath = (namespace: string) => `/run/netns/${namespace}`;

/** Arguments before a command that run it in the network alone: every other namespace stays. */
export function inNetwork(namespace: string): readonly string[] {
  return ['nsenter', `--net=${namespacePath(namespace)}`, '--'];
}

/** Makes the network, or what is missing of it. */
export async function makeNetwork({ namespace, bridge, addresses }: Network): Promise<void> {
  if (await exists(namespacePath(namespace))) await removeNetwork(namespace);
  await execa('ip', ['netns', 'add', namespace]);
  const ip = (...args: readonly string[]) => execa('ip', ['-n', namespace, ...args]);
  await ip('link', 'set', 'lo', 'up');
  await ip('link', 'add', bridge, 'type', 'bridge');
  for (const address of addresses) await ip('address', 'add', address, 'dev', bridge);
  await ip('link', 'set', bridge, 'up');
  const sysctl = 'for s; do echo 1 >/proc/sys/net/$s; done';
  await execa('nsenter', [
    ...[`--net=${namespacePath(namespace)}`, 'sh', '-c', sysctl, 'sh'],
    ...['ipv4/ip_forward', 'bridge/bridge-nf-call-iptables', 'bridge/bridge-nf-call-ip6tables'],
  ]);
}

/** Safe where it is gone. */
export async function removeNetwork(namespace: string): Promise<void> {
  if (await exists(namespacePath(namespace))) await execa('ip', ['netns', 'delete', namespace]);
}
