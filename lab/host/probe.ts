import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { execa } from 'execa';
import { lastLines, PartMissing } from '../parts/part.ts';
import type { Release } from './base-image.ts';
import { openHosts, removeHosts } from './hosts.ts';
import { inNetwork } from './network.ts';

/** What the roles ask of the kernel: a default-drop table with `skuid`, and a unit in a sandbox. */
const asTheRoles = `set -eu
nft -f - <<'END'
table inet probe {
  chain output {
    type filter hook output priority filter; policy drop;
    ct state established,related accept
    oif lo accept
    icmp type echo-request limit rate 10/second accept
    meta skuid 0 ip daddr != { 10.0.0.0/8 } tcp dport 443 accept comment "probe"
    reject with icmpx admin-prohibited
  }
}
END
nft delete table inet probe
systemd-run --quiet --wait --pipe --collect \\
  --property=LoadCredential=probe:/etc/hostname --property=StateDirectory=probe \\
  --property=User=nobody --property=NoNewPrivileges=yes --property=ProtectSystem=strict \\
  --property=ProtectProc=invisible --property=ProcSubset=pid --property=ProtectKernelTunables=yes \\
  --property=ProtectControlGroups=yes --property=PrivateTmp=yes --property=PrivateDevices=yes \\
  --property=PrivateIPC=yes --property=RestrictNamespaces=yes --property=MemoryDenyWriteExecute=yes \\
  --property=SystemCallFilter=@system-service --property=RestrictAddressFamilies=AF_UNIX \\
  sh -c 'test -s "$CREDENTIALS_DIRECTORY/probe"'
rm -r /var/lib/probe
`;

/** What the double of Proxmox filters with, on the bridge and through it. */
const asTheLab = `
table inet probe {
  chain forward {
    type filter hook forward priority filter; policy accept;
    ct state established,related accept
    ip saddr 192.0.2.99 tcp dport 8200 accept
  }
}
table bridge probe {
  chain from-ports {
    type filter hook prerouting priority filter; policy accept;
    iifname "none" ether saddr != 02:00:00:00:00:01 drop
    iifname "none" ether type ip ip saddr != 192.0.2.99 drop
    iifname "none" ether type arp arp saddr ip != 192.0.2.99 drop
  }
}
`;

/** Ends what hangs; a boot takes a second, or some on a loaded machine. */
const patience = 300_000;

/**
 * Boots a container, logs in to it, does in it what the roles do, and removes it: programs and kernel
 * features that are there may still be forbidden, as in a container of somebody else's.
 *
 * @throws PartMissing  it does not work here, and what it said
 */
export async function probeContainers(release: Release): Promise<void> {
  const directory = await mkdtemp(join(tmpdir(), 'probe-'));
  const end = new AbortController();
  const tooLong = delay(patience, undefined, { signal: end.signal }).then(() => {
    throw new Error(`it was not done after ${String(patience / 1000)} s`);
  });
  tooLong.catch(() => undefined);
  try {
    try {
      await Promise.race([boot(join(directory, 'hosts'), release), tooLong]);
    } finally {
      end.abort();
      await removeHosts(join(directory, 'hosts'));
      await rm(directory, { recursive: true, force: true });
    }
  } catch (error) {
    throw new PartMissing(`a systemd container does not work on this machine: ${lastLines(error)}`);
  }
}

async function boot(directory: string, release: Release): Promise<void> {
  const hosts = await openHosts(directory);
  const [program, ...args] = [...inNetwork(hosts.network.namespace), 'nft', '-f', '-'];
  await execa(program, args, { input: asTheLab, all: true });
  const settings = { name: 'probe', address: '192.0.2.20/24', release };
  const probe = await hosts.create(settings, () => undefined);
  await probe.start();
  await execa('ssh', ['-F', hosts.sshConfig, 'probe', 'true'], { stdin: 'ignore', all: true });
  const { exitCode, stdout, stderr } = await probe.enter(['sh', '-c', asTheRoles]);
  if (exitCode !== 0) throw new Error(`what the roles need was refused:\n${stderr}${stdout}`);
}
