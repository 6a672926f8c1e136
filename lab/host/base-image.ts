import { createHash } from 'node:crypto';
import { rm, writeFile } from 'node:fs/promises';
import { arch } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import { cached, cacheRoot } from '../parts/cache.ts';
import { lastLines, PartMissing, type Progress } from '../parts/part.ts';
import { inTurn } from '../processes/lock.ts';
import { shiftOwners } from './shift-owners.ts';

export const releases = ['bookworm', 'trixie'] as const;
export type Release = (typeof releases)[number];

/** First uid of an unprivileged container, as Proxmox VE maps it: its root is 100000 outside. */
export const firstUid = 100_000;

/**
 * What the image has beside Debian's minimum. A container has no way out of its network namespace, so
 * whatever a role or the client needs is here; what a stock Proxmox template has is what it leans on.
 */
const included = [
  // A system that boots, logs in and reboots as a stock template does.
  ...['systemd', 'systemd-sysv', 'dbus', 'libpam-systemd', 'udev', 'iproute2', 'openssh-server'],
  ...['ca-certificates', 'openssl', 'openssh-client', 'procps', 'logrotate', 'curl', 'gpg'],
  // For Ansible, the firewall role, the client (Node 18 in bookworm, 20 in trixie) and snapshots.
  ...['python3', 'python3-apt', 'nftables', 'nodejs', 'age'],
] as const;

const mirror = 'http://deb.debian.org/debian';

/** Ends a debootstrap whose mirror does not answer. */
const patience = 1_800_000;

/** Raised whenever `build` makes something else of the same packages. */
const revision = 1;

/**
 * The root file system of a Debian release, made once by debootstrap and kept in the user's cache: owned
 * by the uids of an unprivileged container, without host keys, machine id or package cache, so that it
 * is never written again and any number of containers lie over it.
 *
 * @throws PartMissing  debootstrap failed
 */
export async function baseImage(release: Release, progress: Progress): Promise<string> {
  const digest = createHash('sha256').update(included.join(' ')).digest('hex').slice(0, 8);
  const key = `debian/${release}-${arch()}-${String(revision)}-${digest}`;
  const lock = join(cacheRoot(), `debian-${release}.lock`);
  // Another process that builds the same one is waited for, as that takes a minute and two cores.
  return inTurn(lock, async () => {
    const { directory } = await cached(key, (scratch) => build(release, scratch, progress));
    return directory;
  });
}

async function build(release: Release, scratch: string, progress: Progress): Promise<void> {
  progress(`making the base image of Debian ${release} (once, one to two minutes)`);
  try {
    await execa(
      'debootstrap',
      ['--variant=minbase', `--include=${included.join(',')}`, release, scratch, mirror],
      {
        ...{ all: true, extendEnv: false, timeout: patience },
        env: { DEBIAN_FRONTEND: 'noninteractive', PATH: systemPath },
      },
    );
    await execa('chroot', [scratch, 'systemctl', 'enable', 'systemd-networkd', 'ssh'], {
      all: true,
    });
    await forget(scratch);
    await shiftOwners(scratch, firstUid);
  } catch (error) {
    throw new PartMissing(
      `debootstrap could not make Debian ${release}:\n${lastLines(error)}\n` +
        `${mirror} must be reachable once, with about 1 GB free.`,
    );
  }
}

const systemPath = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';

/** What two containers must not share, and what only takes room. */
async function forget(root: string): Promise<void> {
  await execa('sh', ['-c', 'rm -f "$1"/etc/ssh/ssh_host_*', 'sh', root]);
  await rm(join(root, 'var/lib/dbus/machine-id'), { force: true });
  await writeFile(join(root, 'etc/machine-id'), '');
  await rm(join(root, 'etc/hostname'), { force: true });
  await rm(join(root, 'etc/resolv.conf'), { force: true });
  await execa('chroot', [root, 'apt-get', 'clean']);
}
