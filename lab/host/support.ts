import { mkdir, mkdtemp, readFile, rm } from 'node:fs/promises';
import { platform } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import { onPath } from '../../src/terraform/binary.ts';
import { cacheRoot, exists } from '../parts/cache.ts';
import { cgroupRoots } from './cgroup.ts';

/** What the machine lacks to run real systemd containers; empty where it can. */
export interface HostSupport {
  readonly missing: readonly string[];
  /** Debian packages that would give the missing programs. */
  readonly packages: readonly string[];
}

/** Programs of the host that the containers are made with, and the Debian package of each. */
const programs: Readonly<Record<string, string>> = {
  'systemd-nspawn': 'systemd-container',
  debootstrap: 'debootstrap',
  ip: 'iproute2',
  nft: 'nftables',
  ssh: 'openssh-client',
  'ssh-keygen': 'openssh-client',
  nsenter: 'util-linux',
  mount: 'mount',
  'mkfs.ext4': 'e2fsprogs',
  bash: 'bash',
};

/**
 * Looks whether containers can run here. Everything that it tries (a network namespace, an overlay) is
 * undone.
 */
export async function hostSupport(): Promise<HostSupport> {
  if (platform() !== 'linux') return { missing: ['Linux'], packages: [] };
  if (process.getuid?.() !== 0) return { missing: ['root'], packages: [] };
  const absent: string[] = [];
  for (const program of Object.keys(programs)) {
    if ((await onPath(program)) === undefined) absent.push(program);
  }
  const missing = absent.map((program) => `the program ${program}`);
  const packages = [...new Set(absent.map((program) => programs[program] ?? program))];
  if ((await cgroupRoots()).length === 0) {
    missing.push('a writable cgroup hierarchy for systemd (unified or name=systemd)');
  }
  if (!absent.includes('ip')) missing.push(...(await network()));
  missing.push(...(await overlay()));
  // Volumes of containers are images.
  if (!(await exists('/dev/loop-control'))) missing.push('loop devices (modprobe loop)');
  return { missing, packages };
}

async function network(): Promise<readonly string[]> {
  const script = [
    'set -e',
    'ip link add name lab type bridge',
    'ip link add name port type veth peer name cable',
    'ip link set port master lab',
    '[ -e /proc/sys/net/bridge/bridge-nf-call-iptables ] || { echo br_netfilter; exit 1; }',
  ].join('\n');
  const { failed, stdout } = await execa('unshare', ['--net', 'sh', '-c', script], {
    reject: false,
  });
  if (!failed) return [];
  return stdout === 'br_netfilter'
    ? ['the kernel module br_netfilter (modprobe br_netfilter)']
    : ['network namespaces with bridges and veth'];
}

async function overlay(): Promise<readonly string[]> {
  const known = await readFile('/proc/filesystems', 'utf8').catch(() => '');
  if (!/\boverlay$/m.test(known)) return ['overlayfs (modprobe overlay)'];
  await mkdir(cacheRoot(), { recursive: true });
  const place = await mkdtemp(join(cacheRoot(), '.overlay-'));
  try {
    const script =
      'mkdir lower upper work root && ' +
      'mount -t overlay overlay -o lowerdir=lower,upperdir=upper,workdir=work root';
    const { failed } = await execa('unshare', ['--mount', 'sh', '-c', script], {
      cwd: place,
      reject: false,
    });
    return failed ? [`an overlay of ${cacheRoot()}`] : [];
  } finally {
    await rm(place, { recursive: true, force: true });
  }
}
