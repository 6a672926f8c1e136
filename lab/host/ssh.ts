import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { execa } from 'execa';
import { exists } from '../parts/cache.ts';
import { writePrivateFile } from '../private-file.ts';
import { inTurn } from '../processes/lock.ts';
import { inNetwork } from './network.ts';
import { containerNames, hostPaths, readContainer, type NetworkRecord } from './record.ts';

export function sshPaths(directory: string) {
  const { ssh } = hostPaths(directory);
  return {
    /** For `ssh -F` and Ansible: every container by its name, reached from outside its network. */
    config: join(ssh, 'config'),
    knownHosts: join(ssh, 'known_hosts'),
    key: join(ssh, 'id_ed25519'),
  };
}

/** The lab's own key, made at first; gives its public half. */
export async function sshKey(directory: string): Promise<string> {
  const { key } = sshPaths(directory);
  if (!(await exists(`${key}.pub`))) {
    await writePrivateFile(join(hostPaths(directory).ssh, '.keep'), '');
    await execa('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-C', 'lab', '-f', key], {
      input: 'y\n',
    });
  }
  return (await readFile(`${key}.pub`, 'utf8')).trim();
}

/**
 * Writes the client's configuration anew from the containers that there are. One after the other, so that
 * the last one who writes has seen them all.
 */
export async function writeSshConfig(directory: string, network: NetworkRecord): Promise<void> {
  const lock = join(hostPaths(directory).ssh, 'config.lock');
  await inTurn(lock, () => writeWhatThereIs(directory, network));
}

async function writeWhatThereIs(directory: string, network: NetworkRecord): Promise<void> {
  const { config, knownHosts, key } = sshPaths(directory);
  const hosts: string[] = [];
  const keys: string[] = [];
  const connect = fileURLToPath(new URL('./connect.mjs', import.meta.url));
  const proxy = [...inNetwork(network.namespace), process.execPath, connect].map(quoted).join(' ');
  for (const name of await containerNames(directory)) {
    const container = await readContainer(directory, name);
    if (container === undefined) continue;
    const { settings } = container;
    const [address = ''] = settings.address.split('/');
    const names = [...new Set([name, settings.hostname, address])].join(' ');
    keys.push(`${name} ${container.hostKey}`);
    hosts.push(
      ...[`Host ${names}`, `  HostName ${address}`, `  HostKeyAlias ${name}`],
      ...['  User root', `  IdentityFile ${quoted(key)}`, '  IdentitiesOnly yes'],
      ...['  IdentityAgent none', '  StrictHostKeyChecking yes'],
      ...[`  UserKnownHostsFile ${quoted(knownHosts)}`, '  GlobalKnownHostsFile /dev/null'],
      `  ProxyCommand ${proxy} %h %p`,
    );
  }
  await writePrivateFile(knownHosts, keys.map((line) => `${line}\n`).join(''));
  await writePrivateFile(config, hosts.map((line) => `${line}\n`).join(''));
}

function quoted(text: string): string {
  return /^[\w./:=@%+-]+$/.test(text) ? text : `"${text}"`;
}
