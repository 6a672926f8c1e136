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
 * `template`: what a stock Proxmox template has, and beside it, in a directory, the packages that roles install: a
 * container has no way out of its network namespace, so that directory is its mirror. `furnished`: these are
 * installed, for tests that are about something else.
 */
export const images = ['template', 'furnished'] as const;
export type Image = (typeof images)[number];

/** A system that boots, logs in and reboots, and lets Ansible look at it. */
const stock = [
  ...['systemd', 'systemd-sysv', 'dbus', 'libpam-systemd', 'udev', 'iproute2', 'procps'],
  ...['openssh-server', 'openssh-client', 'ca-certificates', 'python3', 'python3-apt'],
] as const;

/** For the firewall, the client (Node 18 in bookworm, 20 in trixie), certificates, snapshots. */
const installed = ['nftables', 'nodejs', 'openssl', 'age', 'curl', 'gpg', 'logrotate'] as const;

/** Where a container of a template finds what it may install. */
export const packageDirectory = '/var/lib/lab-packages';

const mirror = 'http://deb.debian.org/debian';

/** Ends a debootstrap whose mirror does not answer. */
const patience = 1_800_000;

/** Raised whenever `build` makes something else of the same packages. */
const revision = 3;

/**
 * The root file system of a Debian release, made once by debootstrap and kept in the user's cache: owned
 * by the uids of an unprivileged container, without host keys, machine id or package cache, so that it
 * is never written again and any number of containers lie over it.
 *
 * @throws PartMissing  debootstrap failed
 */
export async function baseImage(
  release: Release,
  image: Image,
  progress: Progress,
): Promise<string> {
  const packages = [stock, installed].flat().join(' ');
  const digest = createHash('sha256').update(packages).digest('hex').slice(0, 8);
  const key = `debian/${release}-${image}-${arch()}-${String(revision)}-${digest}`;
  const lock = join(cacheRoot(), `debian-${release}.lock`);
  // Another process that builds the same one is waited for, as that takes a minute and two cores.
  return inTurn(lock, async () => {
    const { directory } = await cached(key, (scratch) => build(release, image, scratch, progress));
    return directory;
  });
}

async function build(
  release: Release,
  image: Image,
  scratch: string,
  progress: Progress,
): Promise<void> {
  progress(`making the image ${image} of Debian ${release} (once, one to two minutes)`);
  const included = image === 'template' ? stock : [...stock, ...installed];
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
    if (image === 'template') await keepPackages(scratch);
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

/** Fetched, not installed; with the index that apt asks for (sources.list(5), `file:`). */
const keep = `set -eu
mkdir -p "$1"
apt-get clean
apt-get update -qq
apt-get install -qq --download-only --no-install-recommends -y $2 >/dev/null
mv /var/cache/apt/archives/*.deb "$1"
cd "$1"
for deb in *.deb; do
  dpkg-deb --field "$deb"
  echo "Filename: ./$deb"
  echo "Size: $(stat --format=%s "$deb")"
  echo "SHA256: $(sha256sum "$deb" | cut -d' ' -f1)"
  echo
done >Packages
rm -rf /etc/apt/sources.list /etc/apt/sources.list.d /var/lib/apt/lists
echo "deb [trusted=yes] file:$1 ./" >/etc/apt/sources.list`;

async function keepPackages(root: string): Promise<void> {
  await execa('chroot', [root, 'sh', '-c', keep, 'sh', packageDirectory, installed.join(' ')], {
    ...{ all: true, extendEnv: false, timeout: patience },
    env: { DEBIAN_FRONTEND: 'noninteractive', PATH: systemPath },
  });
}

/** What two containers must not share, and what only takes room. */
async function forget(root: string): Promise<void> {
  await execa('sh', ['-c', 'rm -f "$1"/etc/ssh/ssh_host_*', 'sh', root]);
  await rm(join(root, 'var/lib/dbus/machine-id'), { force: true });
  await writeFile(join(root, 'etc/machine-id'), '');
  await rm(join(root, 'etc/hostname'), { force: true });
  await rm(join(root, 'etc/resolv.conf'), { force: true });
  await execa('chroot', [root, 'apt-get', 'clean']);
}
