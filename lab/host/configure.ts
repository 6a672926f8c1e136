import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import type { ContainerSettings } from './record.ts';
import { writeGuestFile } from './rootfs.ts';

/**
 * Gives a new root file system its name, address, resolver, keys of root and an SSH host key of its own,
 * as Proxmox VE does when it makes a container from a template.
 *
 * @returns the public half of the host key
 */
export async function configureGuest(root: string, settings: ContainerSettings): Promise<string> {
  const { hostname, address, gateway, dns, authorizedKeys } = settings;
  const [short = hostname] = hostname.split('.');
  const names = short === hostname ? hostname : `${hostname} ${short}`;
  const [own = ''] = address.split('/');
  const route =
    gateway === undefined ? [] : ['', '[Route]', `Gateway=${gateway}`, 'GatewayOnLink=yes'];
  const lines = (...content: readonly string[]) => `${content.join('\n')}\n`;
  const hostKey = await newHostKey();
  const files = {
    '/etc/hostname': lines(short),
    '/etc/hosts': lines('127.0.0.1 localhost', `${own} ${names}`, '::1 localhost'),
    '/etc/resolv.conf': lines(...dns.map((server) => `nameserver ${server}`)),
    '/etc/systemd/network/eth0.network': lines(
      ...['[Match]', 'Name=eth0', '', '[Network]', `Address=${address}`],
      ...['LinkLocalAddressing=no', 'IPv6AcceptRA=no', ...route],
    ),
    '/etc/ssh/ssh_host_ed25519_key.pub': hostKey.publicKey,
  };
  for (const [path, content] of Object.entries(files)) {
    await writeGuestFile(root, { path, content });
  }
  const secret = {
    '/etc/ssh/ssh_host_ed25519_key': hostKey.privateKey,
    '/root/.ssh/authorized_keys': lines(...authorizedKeys),
  };
  for (const [path, content] of Object.entries(secret)) {
    await writeGuestFile(root, { path, content, mode: 0o600 });
  }
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
