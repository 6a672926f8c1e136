import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { execa } from 'execa';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Container } from '../../../lab/host/container.ts';
import { openHosts, type Hosts } from '../../../lab/host/hosts.ts';
import { inNetwork } from '../../../lab/host/network.ts';
import { labOfItsOwn, type RunningLab } from '../running-lab.ts';
import { containersOrSkip } from './containers-or-skip.ts';
import { proxmoxApi, type ProxmoxApi } from './proxmox-api.ts';

const can = await containersOrSkip('the lab with containers', 'bookworm', 'trixie');
const cli = fileURLToPath(new URL('../../../bin/backbone.mjs', import.meta.url));
const lxc = 'nodes/pve1/lxc';

describe.runIf(can)('the lab with containers', { timeout: 900_000 }, () => {
  let lab: RunningLab;
  let hosts: Hosts;
  let api: ProxmoxApi;

  beforeAll(async () => {
    lab = await labOfItsOwn();
    const up = await lab.backbone(['lab', 'up', '--host', 'container', '--bare']);
    expect(up, up.stderr).toMatchObject({ exitCode: 0 });
    hosts = await openHosts(lab.paths.hosts);
    api = await proxmoxApi(lab);
    const deploy = [process.execPath, cli, 'deploy', 'host', '--auto-approve'];
    const deployed = await lab.backbone(['lab', 'shell', '--', ...deploy]);
    expect(deployed, deployed.stderr).toMatchObject({ exitCode: 0 });
    await haveCurl(120);
  });
  afterAll(async () => {
    await lab.remove();
  });

  const inside = (command: string, ...args: readonly string[]) => {
    const [program, ...rest] = [...inNetwork(hosts.network.namespace), command, ...args];
    return execa(program, rest, { reject: false, stdin: 'ignore' });
  };
  const ssh = (name: string, ...command: readonly string[]) =>
    execa('ssh', ['-F', hosts.sshConfig, name, ...command], { reject: false, stdin: 'ignore' });
  const ct = async (vmid: number): Promise<Container> => {
    const found = await hosts.find(`ct${String(vmid)}`);
    if (found === undefined) throw new Error(`there is no container ${String(vmid)}`);
    return found;
  };
  /** A template has none. */
  const haveCurl = async (vmid: number) => {
    const host = await ct(vmid);
    await host.booted();
    const install = 'apt-get update -qq && apt-get install -qq --yes curl';
    const { exitCode, stderr } = await host.enter(['sh', '-c', install]);
    expect(exitCode, stderr).toBe(0);
  };
  const status = async (vmid: number) =>
    ((await api('GET', `${lxc}/${String(vmid)}/status/current`)) as { status: string }).status;
  /** Answers on port 8200 of the OpenBao container, which has no OpenBao yet. */
  const listen = async () => {
    const server = ['systemd-run', '--quiet', '--unit=listener', 'python3', '-m', 'http.server'];
    const host = await ct(120);
    await host.booted();
    await host.enter([...server, '8200', '--directory', '/usr/share/common-licenses']);
    const ready = async () =>
      (await host.enter(['curl', '-sf', 'http://127.0.0.1:8200/'])).exitCode;
    await expect.poll(ready, { timeout: 60_000 }).toBe(0);
  };
  /** What is dropped never answers, so three seconds say it; what is let through may be slow. */
  const seconds = (denied: boolean) => ['--max-time', denied ? '3' : '90'];
  const curl = ['curl', '-s', '-o', '/dev/null'] as const;
  const timedOut = 28;
  const connect = async (address: string, denied = false, port = 8200) => {
    const url = `http://192.0.2.20:${String(port)}/`;
    return (await inside(...curl, ...seconds(denied), '--interface', address, url)).exitCode;
  };
  const extra = async (vmid: number, last: number) => {
    await api('POST', lxc, {
      ...{ vmid: String(vmid), hostname: `guest${String(vmid)}`, unprivileged: '1' },
      storage: 'local-lvm',
      ...{ ostemplate: 'local:vztmpl/debian-13-standard_13.1-2_amd64.tar.zst' },
      net0: `name=eth0,bridge=vmbr0,firewall=1,ip=192.0.2.${String(last)}/24,gw=192.0.2.1`,
      'ssh-public-keys':
        'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIDIhz2GK/XCUj4i6Q5yQJNL1MKY0r8XsGoDPEVa0SzRe x',
    });
    await api('PUT', `${lxc}/${String(vmid)}/firewall/options`, { enable: '1', ipfilter: '1' });
  };

  it('boots what the host stack declares, and Terraform finds nothing to change', async () => {
    expect(await status(120)).toBe('running');
    await (await ct(120)).booted();
    const shown = await ssh(
      'openbao',
      'hostname; . /etc/os-release; echo $VERSION_CODENAME; id -un',
    );
    expect(shown, shown.stderr).toMatchObject({ stdout: 'openbao\nbookworm\nroot' });
    const keys = await ssh('openbao', 'cat', '.ssh/authorized_keys');
    expect(keys.stdout).toContain('operator@example.net');
    const net = ((await api('GET', `${lxc}/120/config`)) as { net0: string }).net0;
    const mac = /hwaddr=([0-9A-F:]+)/.exec(net)?.[1]?.toLowerCase();
    expect((await ssh('openbao', 'cat', '/sys/class/net/eth0/address')).stdout).toBe(mac);
    const data = await ssh('openbao', 'findmnt', '-no', 'FSTYPE', '/var/lib/openbao');
    expect(data.stdout).toBe('ext4');
    const plan = [process.execPath, cli, 'plan', 'host'];
    const planned = await lab.backbone(['lab', 'shell', '--', ...plan]);
    expect(planned, planned.stderr + planned.stdout).toMatchObject({ exitCode: 0 });
    expect((await lab.backbone(['lab', 'status'])).stdout).toMatch(/ct120 +running +openbao/);
  });

  it('reaches the doubles from inside, by a name that it can verify, and nothing else', async () => {
    const host = await ct(120);
    const { ports } = await lab.record();
    const reach = (url: string) =>
      host.enter(['curl', '-s', '-o', '/dev/null', '-w', '%{http_code}', '--max-time', '10', url]);
    expect((await reach('https://198.18.0.1/')).stdout).toBe('403');
    // On the same address, and nothing that OpenBao is for.
    const proxmox = `https://198.18.0.1:${String(ports.proxmox)}/api2/json/version`;
    expect((await reach(proxmox)).stdout).toBe('000');
    expect((await inside(...curl, ...seconds(false), '-k', proxmox)).exitCode).toBe(0);
    // moto itself decides nothing: only the double in front of it may be reached.
    expect((await reach(`http://198.18.0.1:${String(ports.moto)}/moto-api/`)).stdout).toBe('000');
    // This machine's own network is not there.
    const routes = await inside('ip', '-o', 'link', 'show', 'type', 'bridge');
    expect(routes.stdout).toContain('vmbr0');
    expect((await inside('ip', 'route', 'show', 'default')).stdout).toBe('');
  });

  it('lets declared addresses reach port 8200, and no other address or port', async () => {
    await listen();
    for (const declared of ['198.51.100.10', '192.0.2.65', '203.0.113.20']) {
      expect(await connect(declared), declared).toBe(0);
    }
    // The gateway is on the same wire, and the double's address is nobody's.
    for (const other of ['192.0.2.1', '198.18.0.1']) {
      expect(await connect(other, true), other).toBe(timedOut);
    }
    // SSH is for operators: there curl gets an answer, though none of HTTP.
    expect(await connect('192.0.2.65', true, 22)).toBe(timedOut);
    expect(await connect('198.51.100.10', false, 22)).toBe(1);
  });

  it('filters between containers, and lets none send from another’s address', async () => {
    const file = 'debian-13-standard_13.1-2_amd64.tar.zst';
    await api('POST', 'nodes/pve1/storage/local/download-url', {
      ...{ content: 'vztmpl', filename: file, url: `http://download.example/${file}` },
    });
    await extra(131, 31);
    // No consumer of the declaration.
    await extra(139, 39);
    for (const vmid of [131, 139]) {
      await api('POST', `${lxc}/${String(vmid)}/status/start`);
      await haveCurl(vmid);
    }
    const reach = async (vmid: number, denied = false, ...options: readonly string[]) => {
      const command = [...curl, ...seconds(denied), ...options, 'http://192.0.2.20:8200/'];
      return (await (await ct(vmid)).enter(command)).exitCode;
    };
    const release = await (await ct(131)).enter(['cat', '/etc/debian_version']);
    expect(release.stdout).toMatch(/^13/);
    expect(await reach(131)).toBe(0);
    expect(await reach(139, true)).toBe(timedOut);
    // With the address of the first, while that is off.
    await api('POST', `${lxc}/131/status/stop`);
    await (await ct(139)).enter(['ip', 'address', 'add', '192.0.2.31/32', 'dev', 'eth0']);
    const pretend = ['--interface', '192.0.2.31'];
    expect(await reach(139, true, ...pretend)).toBe(timedOut);
    // The counter-proof: it is the filter that stops it.
    await api('PUT', `${lxc}/139/firewall/options`, { ipfilter: '0' });
    expect(await reach(139, false, ...pretend)).toBe(0);
    await api('PUT', `${lxc}/139/firewall/options`, { ipfilter: '1' });
  });

  it('takes a credential before the first start, as on a Proxmox host', async () => {
    const pct = (...args: readonly string[]) =>
      lab.run(process.execPath, [
        ...[
          '--import',
          'tsx',
          fileURLToPath(new URL('../../../lab/proxmox/pct-main.ts', import.meta.url)),
        ],
        ...args,
      ]);
    await extra(133, 33);
    const early = await pct('push', '133', lab.paths.caCertificate, '/run/ca.pem');
    expect(early).toMatchObject({ exitCode: 255, stderr: 'can only push files to a running CT' });
    const mounted = await pct('mount', '133');
    const root = /^mounted CT 133 in '(.*)'$/.exec(mounted.stdout)?.[1] ?? '';
    const delivery =
      'mkdir -p "$1/etc/credstore" && cat >"$1/etc/credstore/wrapped" && chmod 600 "$1/etc/credstore/wrapped" && chown -R 100000:100000 "$1/etc/credstore"';
    await lab.run('sh', ['-c', delivery, 'sh', root], { input: 'seed' });
    // Proxmox starts no container that is mounted.
    await expect(api('POST', `${lxc}/133/status/start`)).rejects.toThrow('CT is locked (mounted)');
    expect(await pct('mount', '133')).toMatchObject({ exitCode: 255 });
    expect(await pct('unmount', '133')).toMatchObject({ exitCode: 0 });
    await api('POST', `${lxc}/133/status/start`);
    const guest = await ct(133);
    await guest.booted();
    expect((await guest.enter(['stat', '-c', '%a %u', '/etc/credstore/wrapped'])).stdout).toBe(
      '600 0',
    );
    expect((await guest.enter(['cat', '/etc/credstore/wrapped'])).stdout).toBe('seed');
    const pushed = await pct(
      'push',
      '133',
      lab.paths.caCertificate,
      '/run/ca.pem',
      '--perms',
      '640',
    );
    expect(pushed, pushed.stderr).toMatchObject({ exitCode: 0 });
    expect((await guest.enter(['stat', '-c', '%a %u', '/run/ca.pem'])).stdout).toBe('640 0');
    expect(await pct('mount', '133')).toMatchObject({ exitCode: 255 });
    expect(await pct('status', '133')).toMatchObject({ stdout: 'status: running' });
    expect(await pct('status', '199')).toMatchObject({ exitCode: 255 });
    await api('POST', `${lxc}/133/status/shutdown`, { timeout: '120' });
    expect(await pct('status', '133')).toMatchObject({ stdout: 'status: stopped' });
    await api('DELETE', `${lxc}/133`);
    expect(await hosts.find('ct133')).toBeUndefined();
  });

  it('knows what really runs', async () => {
    const host = await ct(120);
    await host.kill();
    expect(await status(120)).toBe('stopped');
    await expect(api('POST', `${lxc}/120/status/shutdown`)).rejects.toThrow('CT 120 not running');
    await api('POST', `${lxc}/120/status/start`);
    await host.booted();
    const before = await host.leader();
    await api('POST', `${lxc}/120/status/reboot`);
    await host.booted(before);
    await ssh('openbao', 'systemctl', 'poweroff');
    await expect.poll(() => status(120), { timeout: 120_000 }).toBe('stopped');
    expect((await lab.backbone(['lab', 'status'])).stdout).toMatch(/ct120 +stopped +openbao/);
    // A name and an address that are changed in the configuration are those of the next start.
    const { net0 } = (await api('GET', `${lxc}/120/config`)) as { net0: string };
    await api('PUT', `${lxc}/120/config`, { hostname: 'renamed' });
    await api('PUT', `${lxc}/120/config`, { net0: net0.replace('192.0.2.20', '192.0.2.21') });
    await api('POST', `${lxc}/120/status/start`);
    await host.booted();
    const shown = await host.enter(['sh', '-c', 'hostname; ip -o -4 address show eth0']);
    expect(shown.stdout).toMatch(/^renamed\n.*192\.0\.2\.21\/24/);
    await api('POST', `${lxc}/120/status/stop`);
    await api('PUT', `${lxc}/120/config`, { hostname: 'openbao', net0 });
    await api('POST', `${lxc}/120/status/start`);
    await host.booted();
  });

  it('goes on where a double was killed, and after a restart of the machine', async () => {
    const { processes } = await lab.record();
    const host = await ct(120);
    const leader = await host.leader();
    process.kill(processes.doubles?.pid ?? 0, 'SIGKILL');
    await expect
      .poll(() => lab.backbone(['lab', 'status']), { timeout: 60_000 })
      .toMatchObject({ exitCode: 2 });
    const again = await lab.backbone(['lab', 'up']);
    expect(again, again.stderr).toMatchObject({ exitCode: 0 });
    // As on Proxmox: what serves the API is not what the containers live in.
    expect(await host.leader()).toBe(leader);
    expect(await status(120)).toBe('running');

    const other = await lab.backbone(['lab', 'up', '--host', 'process']);
    expect(other).toMatchObject({ exitCode: 1 });
    expect(other.stderr).toContain('lab down');

    // Everything that a restart of the machine ends, and the network that it takes.
    for (const container of await hosts.list()) {
      if (await container.isRunning()) await container.kill();
      await execa('umount', [container.root]);
    }
    for (const id of Object.values((await lab.record()).processes)) process.kill(id.pid, 'SIGKILL');
    await execa('ip', ['netns', 'delete', hosts.network.namespace]);
    const restarted = await lab.backbone(['lab', 'up']);
    expect(restarted, restarted.stderr).toMatchObject({ exitCode: 0 });
    expect(await status(120)).toBe('stopped');
    await api('POST', `${lxc}/120/status/start`);
    await host.booted();
    await listen();
    expect(await connect('192.0.2.65')).toBe(0);
    expect(await connect('192.0.2.1', true)).toBe(timedOut);
  });

  it('leaves nothing behind', async () => {
    const { cgroup } = (await ct(120)).record;
    const down = await lab.backbone(['lab', 'down']);
    expect(down, down.stderr).toMatchObject({ exitCode: 0, stdout: 'the lab is gone' });
    expect((await execa('ip', ['netns', 'list'])).stdout).not.toContain(hosts.network.namespace);
    expect(await readFile('/proc/self/mountinfo', 'utf8')).not.toContain(lab.paths.root);
    const groups = await execa('find', ['/sys/fs/cgroup', '-name', cgroup], { reject: false });
    expect(groups.stdout).toBe('');
    await expect(stat(lab.paths.root)).rejects.toThrow('ENOENT');
    const { stdout } = await execa('ps', ['-eo', 'args']);
    expect(stdout).not.toContain(join(lab.paths.root, ''));
  });
});
