import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import type { ContainerSettings } from './record.ts';
import { writeGuestFile } from './rootfs.ts';

const lines = (...content: readonly string[]) => `${content.join('\n')}\n`;

/** Gives a root file system its name, address and resolver, as Proxmox VE does before a start. */
export async function configureNetwork(root: string, settings: ContainerSettings): Promise<void> {
  const { hostname, address, gateway, dns, mac } = settings;
  const [short = hostname] = hostname.split('.');
  const names = short === hostname ? hostname : `${hostname} ${short}`;
  const [own = ''] = address.split('/');
  const link = mac === undefined ? [] : ['', '[Link]', `MACAddress=${mac}`];
  const route =
    gateway === undefined ? [] : ['', '[Route]', `Gateway=${gateway}`, 'GatewayOnLink=yes'];
  const files = {
    '/etc/hostname': lines(short),
    '/etc/hosts': lines('127.0.0.1 localhost', `${own} ${names}`, '::1 localhost'),
    '/etc/resolv.conf': lines(...dns.map((server) => `nameserver ${server}`)),
    '/etc/systemd/network/eth0.network': lines(
      ...['[Match]', 'Name=eth0', ...link, '', '[Network]', `Address=${address}`],
      ...['LinkLocalAddressing=no', 'IPv6AcceptRA=no', ...route],
    ),
  };
  for (const [path, content] of Object.entries(files)) {
    await writeGuestFile(root, { path, content });
  }
}

/**
 * Lets these keys in as root and gives the container an SSH host key of its own, as Proxmox VE does when
 * it makes one from a template.
 *
 * @returns the public half of the host key
 */
export async function configureSsh(
  root: string,
  { authorizedKeys }: ContainerSettings,
): Promise<string> {
  const hostKey = await newHostKey();
  const secret = {
    '/etc/ssh/ssh_host_ed25519_key': hostKey.privateKey,
    '/root/.ssh/authorized_keys': lines(...authorizedKeys),
  };
  for (const [path, content] of Object.entries(secret)) {
    await writeGuestFile(root, { path, content, mode: 0o600 });
  }
  await writeGuestFile(root, {
    path: '/etc/ssh/ssh_host_ed25519_key.pub',
    content: hostKey.publicKey,
  });
  return hostKey.publicKey.trim();
}

async function newHostKey(): Promise<{ readonly privateKey: string; readonly publicKey: string }> {
  const scratch = await mkdtemp(join(tmpdir(), 'host-key-'));
  try {
    const file = join(scratch, 'key');
    await execa('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-C', '', '-f', file]);
    return {
      privateKey: await readFile(file, 'utf8'),
      publicKey: await readFile(`${file}.pub`, 'utf8'),
    };
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
}
