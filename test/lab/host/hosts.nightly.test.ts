import { spawn } from 'node:child_process';
import { mkdtemp, readFile, readdir, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { execa } from 'execa';
import { beforeEach, describe, expect, it } from 'vitest';
import { cgroupRoots } from '../../../lab/host/cgroup.ts';
import { releases } from '../../../lab/host/base-image.ts';
import { openHosts, removeHosts, type Hosts } from '../../../lab/host/hosts.ts';
import { containersOrSkip } from './containers-or-skip.ts';

const can = await containersOrSkip('real systemd containers', ...releases);
const silent = () => undefined;

describe.runIf(can)('a container', () => {
  let place: string;
  let hosts: Hosts;

  beforeEach(async () => {
    place = await mkdtemp(join(tmpdir(), 'hosts-'));
    hosts = await openHosts(join(place, 'hosts'));
    return async () => {
      await removeHosts(hosts.directory);
      await rm(place, { recursive: true, force: true });
    };
  });

  const make = (name: string, last: number, release: (typeof releases)[number] = 'bookworm') =>
    hosts.create({ name, address: `192.0.2.${String(last)}/24`, release }, silent);
  const ssh = (name: string, ...command: readonly string[]) =>
    execa('ssh', ['-F', hosts.sshConfig, name, ...command], { reject: false, stdin: 'ignore' });

  it.each(releases)('of Debian %s boots whole, is reached by SSH, and reboots', async (release) => {
    const host = await make('bao', 20, release);
    expect(await host.isRunning()).toBe(false);
    await host.start();
    const failed = await host.enter(['systemctl', '--failed', '--plain', '--no-legend']);
    expect(failed.stdout).toBe('');

    const seen = await ssh('bao', 'hostname; id -u; . /etc/os-release; echo $VERSION_CODENAME');
    expect(seen, seen.stderr).toMatchObject({ stdout: `bao\n0\n${release}`, exitCode: 0 });
    // An unprivileged container: its root is nobody outside, and owns its files as Proxmox has it.
    expect((await stat(join(host.root, 'etc/hostname'))).uid).toBe(100_000);
    expect((await stat(join(host.root, 'usr/bin/passwd'))).mode & 0o4000).toBe(0o4000);

    const boots = async () => (await ssh('bao', 'ls /run/mark')).stdout;
    await host.enter(['touch', '/run/mark', '/var/tmp/mark']);
    expect(await boots()).toContain('/run/mark');
    const before = await host.leader();
    // From inside, as an administrator or an upgrade does it.
    await ssh('bao', 'systemctl', 'reboot');
    await host.booted(before);
    expect(await boots()).not.toContain('/run/mark');
    expect((await host.enter(['ls', '/var/tmp/mark'])).exitCode).toBe(0);

    await host.reboot();
    expect((await ssh('bao', 'true')).exitCode).toBe(0);
  });

  it('stops in order, dies at once, and starts again with its files', async () => {
    const host = await make('bao', 20);
    await host.start();
    await host.enter(['touch', '/var/tmp/mark']);
    await host.stop();
    expect(await host.isRunning()).toBe(false);
    expect(await leftOf(host.record.cgroup)).toEqual([]);
    await host.start();
    await host.kill();
    expect(await host.isRunning()).toBe(false);
    await host.start();
    expect((await host.enter(['ls', '/var/tmp/mark'])).exitCode).toBe(0);
    // A container that powers itself off is a stopped one.
    await ssh('bao', 'systemctl', 'poweroff');
    await expect.poll(() => host.isRunning(), { timeout: 120_000 }).toBe(false);
  });

  it('has a volume as a file system of its own, which outlives it and goes with it', async () => {
    const volumes = [{ name: 'mp0', path: '/var/lib/data', gib: 1 }];
    const host = await hosts.create({ name: 'bao', address: '192.0.2.20/24', volumes }, silent);
    await host.start();
    const on = async (script: string) => (await host.enter(['sh', '-c', script])).stdout.trim();
    expect(await on('stat -c "%d" / /var/lib/data | uniq | wc -l')).toBe('2');
    expect(await on('findmnt -no FSTYPE /var/lib/data; stat -c %u /var/lib/data')).toBe('ext4\n0');
    // Its own size, not the machine's.
    expect(Number(await on('df --output=size -k /var/lib/data | tail -1'))).toBeLessThan(1024 ** 2);
    await on('echo kept >/var/lib/data/mark; sync');
    await host.reboot();
    expect(await on('cat /var/lib/data/mark')).toBe('kept');
    // As after a restart of the machine.
    await host.kill();
    const mounted = join(hosts.directory, 'containers/bao/volumes/mp0');
    await execa('umount', [mounted]);
    await host.start();
    expect(await on('cat /var/lib/data/mark')).toBe('kept');
    await hosts.destroy('bao');
    expect(await readFile('/proc/self/mountinfo', 'utf8')).not.toContain(hosts.directory);
    await expect(stat(mounted)).rejects.toThrow('ENOENT');
    const { stdout } = await execa('losetup', ['--list', '--output', 'BACK-FILE']);
    expect(stdout).not.toContain(hosts.directory);
  });

  it('has a neighbour, and neither reaches what the other does not offer', async () => {
    const [one, other] = await Promise.all([make('one', 21), make('other', 22, 'trixie')]);
    await Promise.all([one.start(), other.start()]);
    const connect = (host: typeof one, address: string, port: number) =>
      host.enter(['bash', '-c', `exec 3<>/dev/tcp/${address}/${String(port)}`]);
    expect((await connect(one, '192.0.2.22', 22)).exitCode).toBe(0);
    expect((await connect(one, '192.0.2.22', 8200)).exitCode).not.toBe(0);
    // Two keys: nobody can stand in for the other.
    expect(one.record.hostKey).not.toBe(other.record.hostKey);
    await hosts.destroy('one');
    expect(await other.isRunning()).toBe(true);
    expect((await ssh('other', 'true')).exitCode).toBe(0);
    expect((await ssh('one', 'true')).exitCode).not.toBe(0);
  });

  it('takes a file before its first boot, and one in /run while it runs', async () => {
    const host = await make('consumer', 31);
    await host.write({ path: '/etc/credstore/wrapped', content: 'before', mode: 0o600 });
    await host.start();
    await host.write({ path: '/run/wrapped', content: 'while', mode: 0o640, gid: 4 });
    const shown = await host.enter([
      'stat',
      '-c',
      '%a %u %g',
      '/etc/credstore/wrapped',
      '/run/wrapped',
    ]);
    expect(shown.stdout).toBe('600 0 0\n640 0 4');
    expect((await host.enter(['cat', '/run/wrapped'])).stdout).toBe('while');
    await host.reboot();
    expect((await host.enter(['cat', '/etc/credstore/wrapped'])).stdout).toBe('before');
    expect((await host.enter(['cat', '/run/wrapped'])).exitCode).not.toBe(0);
  });

  it('cannot lead a write out of itself', async () => {
    const host = await make('hostile', 66);
    const target = join(place, 'outside');
    await symlink(place, join(host.root, 'etc/out'));
    for (const path of ['/etc/out/outside', '/etc/../../outside', 'etc/outside', '/etc/']) {
      await expect(host.write({ path, content: 'x' })).rejects.toThrow();
    }
    expect(await readdir(place)).toEqual(['hosts']);
    // A link in the last place is replaced, not followed.
    await writeFile(target, 'kept');
    await symlink(target, join(host.root, 'etc/last'));
    await host.write({ path: '/etc/last', content: 'x' });
    expect(await readFile(target, 'utf8')).toBe('kept');
  });

  it('is made once', async () => {
    await make('bao', 20);
    await expect(make('bao', 20)).rejects.toThrow('there is a container bao already');
    await expect(make('../bao', 20)).rejects.toThrow();
  });
});

describe.runIf(can)('hosts whose maker was killed', () => {
  it('are removed whole', { timeout: 300_000 }, async () => {
    const place = await mkdtemp(join(tmpdir(), 'hosts-'));
    const directory = join(place, 'hosts');
    const main = fileURLToPath(new URL('../../../lab/host/main.ts', import.meta.url));
    const cli = (...args: readonly string[]) => [
      ...['--import', 'tsx', main, ...args, '--directory', directory],
    ];
    const maker = spawn(process.execPath, cli('up', 'bao'), { stdio: 'ignore' });
    const ended = new Promise((resolve) => maker.once('exit', resolve));
    // As soon as its container has a process.
    let network: string | undefined;
    for (;;) {
      const text = await readFile(join(directory, 'network.json'), 'utf8').catch(() => undefined);
      network =
        text === undefined ? undefined : (JSON.parse(text) as { namespace: string }).namespace;
      if (network !== undefined && (await leftOf(`${network}-bao`)).length > 0) break;
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    maker.kill('SIGKILL');
    await ended;
    const down = await execa(process.execPath, cli('down'));
    expect(down.stdout).toBe('gone');
    expect(await leftOf(`${network}-bao`)).toEqual([]);
    expect(await readFile('/proc/self/mountinfo', 'utf8')).not.toContain(directory);
    expect((await execa('ip', ['netns', 'list'])).stdout).not.toContain(network);
    expect(await readdir(place)).toEqual([]);
    await rm(place, { recursive: true, force: true });
  });

  it('are told from a directory of something else', async () => {
    const place = await mkdtemp(join(tmpdir(), 'hosts-'));
    await writeFile(join(place, 'thesis.txt'), 'years of work');
    await expect(removeHosts(place)).rejects.toThrow('no directory of hosts');
    expect(await readdir(place)).toEqual(['thesis.txt']);
    await rm(place, { recursive: true, force: true });
  });
});

/** Directories of a container's cgroup that are still there. */
async function leftOf(cgroup: string): Promise<readonly string[]> {
  const left: string[] = [];
  for (const root of await cgroupRoots()) {
    if ((await readdir(root)).includes(cgroup)) left.push(join(root, cgroup));
  }
  return left;
}
