import { execa } from 'execa';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { input, type DeclarationInput } from '../fixtures/declaration.ts';
import { Place, secret } from '../lab/proxmox/place.ts';

/** The real provider and real Terraform, against the Proxmox double. */
let place: Place;

beforeEach(async () => {
  place = await Place.open();
});

afterEach(async () => {
  await place.close();
});

const three: DeclarationInput['openbao']['nodes'] = [
  { name: 'openbao-1', vmid: 120, address: '192.0.2.20', node: 'pve1' },
  { name: 'openbao-2', vmid: 121, address: '192.0.2.21', node: 'pve2' },
  { name: 'openbao-3', vmid: 122, address: '192.0.2.22', node: 'pve3' },
];
const guest = 'nodes/pve1/lxc/120';

const status = async () =>
  ((await place.api('GET', `${guest}/status/current`)) as { status: string }).status;
const rules = async () =>
  ((await place.api('GET', `${guest}/firewall/rules`)) as Record<string, string>[]).map(
    ({ type, action = '', dport = '', source = '', dest = '' }) =>
      (type === 'in' ? [dport, source] : ['out', action, dport, dest]).filter(Boolean).join(' '),
  );
const guests = async () => (await place.api('GET', 'cluster/resources?type=vm')) as unknown[];

describe('a first apply', () => {
  it('leaves nothing for a second plan, and starts the container behind its firewall', async () => {
    await place.declare();
    await place.apply();

    expect((await place.plan()).exitCode).toBe(0);
    expect(await status()).toBe('running');
    expect(await place.api('GET', `${guest}/firewall/options`)).toMatchObject({
      enable: 1,
      policy_in: 'DROP',
      policy_out: 'DROP',
    });
    expect(await rules()).toEqual([
      '8200 192.0.2.30/32',
      '8200 192.0.2.31/32',
      '8200 192.0.2.32/32',
      '8200 192.0.2.33/32',
      '8200 192.0.2.40/32',
      '8200 198.51.100.0/28',
      '8200 198.51.100.16/28',
      '8200 203.0.113.7/32',
      '22 203.0.113.7/32',
      'out ACCEPT 53 192.0.2.1',
      'out ACCEPT 53 192.0.2.1',
      'out DROP 10.0.0.0/8,100.64.0.0/10,127.0.0.0/8,169.254.0.0/16,172.16.0.0/12,192.168.0.0/16',
      'out DROP ::1/128,fc00::/7,fe80::/10',
      'out ACCEPT 80',
      'out ACCEPT 443',
    ]);
    const changes = await place.changes();
    expect(changes.at(-1)).toBe(`POST ${guest}/status/start`);
    expect(changes).toContain(`PUT ${guest}/firewall/options`);
    expect(changes.filter((change) => change === `POST ${guest}/firewall/rules`)).toHaveLength(15);
  });

  it('waits with the start for both parts of the firewall, whichever is last', async () => {
    await place.declare();
    const order: string[] = [];
    let rulesAreThere: () => void = () => undefined;
    const rulesThere = new Promise<void>((resolve) => (rulesAreThere = resolve));
    place.before = async ({ method, path }) => {
      if (path === 'cluster/firewall/options') order.push('start');
      // The provider reads the rules back when it has written them all.
      if (method === 'GET' && path.endsWith('/firewall/rules/13')) rulesAreThere();
      if (method === 'PUT' && path.endsWith('/firewall/options')) {
        await rulesThere;
        order.push('options');
      }
    };
    await place.apply();
    expect(order).toEqual(['options', 'start']);
  });

  it('gives a cluster of three to three Proxmox nodes, and takes all of it away again', async () => {
    await place.declare({ nodes: three });
    await place.apply();
    expect((await place.plan()).exitCode).toBe(0);
    expect(await guests()).toHaveLength(3);
    expect((await place.outputs())['openbao_hosts']?.value).toEqual([
      { ...hostOutput, name: 'openbao-1', address: '192.0.2.20', vmid: 120, node: 'pve1' },
      {
        ...{ ...hostOutput, raft: 'joining' },
        ...{ name: 'openbao-2', address: '192.0.2.21', vmid: 121, node: 'pve2' },
      },
      {
        ...{ ...hostOutput, raft: 'joining' },
        ...{ name: 'openbao-3', address: '192.0.2.22', vmid: 122, node: 'pve3' },
      },
    ]);

    const { exitCode, text } = await place.run('destroy', '-auto-approve');
    expect(exitCode, text).toBe(0);
    expect(await guests()).toEqual([]);
    expect(await place.api('GET', 'pools')).toEqual([]);
    for (const node of ['pve1', 'pve2', 'pve3']) {
      expect(await place.api('GET', `nodes/${node}/storage/local/content`)).toEqual([]);
    }
  });

  const hostOutput = { ssh_user: 'root', role: 'openbao', raft: 'first' };

  it('starts nothing where the declaration says so', async () => {
    await place.declare({ started: false });
    await place.apply();
    expect(await status()).toBe('stopped');
    expect((await place.outputs())['openbao_started']?.value).toBe(false);
    expect((await place.plan()).exitCode).toBe(0);

    await place.declare({ started: true });
    await place.apply();
    expect(await status()).toBe('running');
    expect((await place.plan()).exitCode).toBe(0);
  });

  it('leaves a container alone that somebody has started meanwhile', async () => {
    await place.declare({ started: false });
    await place.apply();
    await place.api('POST', `${guest}/status/start`);
    await place.declare({ started: true });
    expect(await place.apply()).toContain('container 120 runs already');
    const starts = (await place.changes()).filter((change) => change.endsWith('/status/start'));
    expect(starts).toHaveLength(1);
  });

  it('does not start behind rules that hold nothing, and does once they hold', async () => {
    await place.api('PUT', 'cluster/firewall/options', { enable: '0' });
    await place.declare();
    const { exitCode, text } = await place.run('apply', '-auto-approve');
    expect(exitCode).toBe(1);
    expect(text).toContain('not started: the firewall of the datacenter is off');
    expect(await status()).toBe('stopped');

    await place.api('PUT', 'cluster/firewall/options', { enable: '1' });
    await place.apply();
    expect(await status()).toBe('running');
  });

  it('makes no container from a template whose checksum is another', async () => {
    const template = { ...input.proxmox.template, url: 'https://download.example/mismatch/x.tar' };
    await place.declare({}, { template });
    const { exitCode, text } = await place.run('apply', '-auto-approve');
    expect(exitCode).toBe(1);
    expect(text).toContain('checksum mismatch');
    expect(await guests()).toEqual([]);
  });
});

describe('a change of the declaration', () => {
  beforeEach(async () => {
    await place.declare();
    await place.apply();
  });

  it('of memory and disk is made in place', async () => {
    await place.declare({ memoryMiB: 2048, diskGiB: 12 });
    expect(await place.apply()).toContain('0 added, 1 changed, 0 destroyed');
    expect(await place.api('GET', `${guest}/config`)).toMatchObject({
      memory: 2048,
      swap: 0,
      rootfs: expect.stringContaining('size=12G') as string,
    });
    expect((await place.plan()).exitCode).toBe(0);
  });

  it('of the size of the data does not touch the container, which a volume that grew would replace', async () => {
    const config = async () => ((await place.api('GET', `${guest}/config`)) as { mp0: string }).mp0;
    const volume = 'local-lvm:vm-120-disk-1,mp=/var/lib/openbao,size=8G';
    expect(await config()).toBe(volume);
    await place.declare({ dataGiB: 12 });
    expect((await place.plan()).exitCode).toBe(0);
    // Grown by hand, as docs/proxmox.md says it.
    await place.api('PUT', `${guest}/resize`, { disk: 'mp0', size: '12G' });
    expect((await place.plan()).exitCode).toBe(0);
    expect(await config()).toBe(volume.replace('8G', '12G'));
  });

  it('of a source changes the rules and nothing else', async () => {
    const identities = { ...input.openbao.identities, apply: { from: ['192.0.2.99/32'] } };
    await place.declare({ identities });
    const before = await place.changes();
    expect(await place.apply()).toContain('0 added, 1 changed, 0 destroyed');
    const after = (await place.changes()).slice(before.length);
    expect(after.filter((change) => !change.includes('/firewall/rules'))).toEqual([]);
    const open = await rules();
    expect(open).toContain('8200 192.0.2.99/32');
    expect(open).not.toContain('8200 192.0.2.30/32');
    expect((await place.plan()).exitCode).toBe(0);
  });

  it('of the SSH keys does not touch the container', async () => {
    await place.declare({}, { sshPublicKeys: [...input.proxmox.sshPublicKeys, 'ssh-rsa AAAA b'] });
    expect((await place.plan()).exitCode).toBe(0);
  });

  it('of the template downloads it and does not touch the container', async () => {
    const template = { ...input.proxmox.template, fileName: 'debian-14.tar.zst' };
    await place.declare({}, { template });
    expect(await place.apply()).toContain('1 added, 0 changed, 1 destroyed');
    expect((await place.plan()).exitCode).toBe(0);
  });
});

describe('a container that is made anew', () => {
  const firewallAndStart = async () => {
    expect(await place.api('GET', `${guest}/firewall/options`)).toMatchObject({
      enable: 1,
      policy_in: 'DROP',
    });
    expect(await rules()).toHaveLength(15);
    expect((await place.changes()).at(-1)).toBe(`POST ${guest}/status/start`);
    expect(await status()).toBe('running');
    expect((await place.plan()).exitCode).toBe(0);
  };

  beforeEach(async () => {
    await place.declare();
    await place.apply();
  });

  it('gets its firewall again, then its start', async () => {
    const address = 'proxmox_virtual_environment_container.openbao-1';
    const { exitCode, text } = await place.run('apply', '-auto-approve', `-replace=${address}`);
    expect(exitCode, text).toBe(0);
    await firewallAndStart();
  });

  it('also where somebody else has removed it', async () => {
    await place.api('POST', `${guest}/status/stop`);
    await place.api('DELETE', guest);
    await place.apply();
    await firewallAndStart();
  });
});

describe('protection', () => {
  beforeEach(async () => {
    await place.declare({ protection: true });
    await place.apply();
  });

  it.each([
    ['replaced', ['plan', '-replace=proxmox_virtual_environment_container.openbao-1']],
    ['destroyed', ['destroy', '-auto-approve']],
  ])('keeps a container from being %s, in the plan already', async (_, args) => {
    const before = await place.changes();
    const { exitCode, text } = await place.run(...args);
    expect(exitCode).toBe(1);
    expect(text).toContain('Instance cannot be destroyed');
    expect(await place.changes()).toEqual(before);
  });

  it('holds in Proxmox, too', async () => {
    await place.api('POST', `${guest}/status/stop`);
    await place.api('DELETE', guest);
    expect(await guests()).toHaveLength(1);
  });

  it('is taken off by the declaration', async () => {
    await place.declare({ protection: false });
    await place.apply();
    expect((await place.run('destroy', '-auto-approve')).exitCode).toBe(0);
    expect(await guests()).toEqual([]);
  });
});

describe('a vmid that is taken', () => {
  const foreign = async (
    kind: 'lxc' | 'qemu',
    node: string,
    form: Readonly<Record<string, string>>,
  ) => {
    if (kind === 'lxc') {
      await place.api('POST', `nodes/${node}/storage/local/download-url`, {
        ...{ content: 'vztmpl', filename: 'other.tar.zst', url: 'https://download.example/o' },
      });
    }
    const disk = { ostemplate: 'local:vztmpl/other.tar.zst', storage: 'local-lvm' };
    await place.api('POST', `nodes/${node}/${kind}`, {
      ...(kind === 'lxc' ? disk : undefined),
      ...{ vmid: '120', ...form },
    });
    expect(await guests()).toHaveLength(1);
  };

  it.each([
    ['a container of somebody else', 'lxc', 'pve1', { hostname: 'mail' }, '"mail" on node pve1'],
    [
      'a container of that name without the tag of the program',
      ...(['lxc', 'pve1', { hostname: 'openbao-1', tags: 'homelab' }] as const),
      '"openbao-1" on node pve1',
    ],
    [
      'a container of the program with another name',
      ...(['lxc', 'pve1', { hostname: 'other', tags: 'credential-backbone' }] as const),
      '"other" on node pve1',
    ],
    [
      'this container on another node',
      ...(['lxc', 'pve2', { hostname: 'openbao-1', tags: 'credential-backbone' }] as const),
      '"openbao-1" on node pve2',
    ],
    [
      'a virtual machine, whatever its name and tag',
      ...(['qemu', 'pve1', { name: 'openbao-1', tags: 'credential-backbone' }] as const),
      '"openbao-1" on node pve1',
    ],
  ] as const)('by %s is refused, and nothing is touched', async (_, kind, node, form, named) => {
    await foreign(kind, node, form);
    const before = [await guests(), await place.changes()];
    await place.declare();
    for (const command of [['plan'], ['apply', '-auto-approve']]) {
      const { exitCode, text } = await place.run(...command, '-input=false');
      expect(exitCode).toBe(1);
      expect(text).toContain(`The vmid 120 of openbao-1 is taken by ${named}`);
    }
    expect([await guests(), await place.changes()]).toEqual(before);
  });

  it('beside the declared ones does not matter', async () => {
    await place.api('POST', 'nodes/pve1/qemu', { vmid: '119', name: 'openbao-1' });
    await place.declare();
    await place.apply();
    expect((await place.plan()).exitCode).toBe(0);
  });
});

describe('the API token', () => {
  it('that is wrong is refused, and nothing is touched', async () => {
    await place.declare();
    const wrong = { PROXMOX_VE_API_TOKEN: 'terraform@pve!backbone=wrong' };
    const { exitCode, text } = await place.runWith(wrong, 'apply', '-auto-approve');
    expect(exitCode).toBe(1);
    expect(text).toContain('401');
    expect(text).toContain('invalid token value!');
    expect(await place.changes()).toEqual([]);
  });

  it('is in no state, plan, log or argument', async () => {
    const seen: string[] = [];
    place.before = async ({ path }) => {
      // curl of the start script is running while it waits for this.
      if (!path.endsWith('/status/start')) return;
      seen.push((await execa('ps', ['-A', '-ww', '-o', 'args'])).stdout);
    };
    await place.declare();
    const { exitCode } = await place.run('plan', '-out=plan.bin', '-input=false');
    expect(exitCode).toBe(0);
    expect((await place.run('apply', 'plan.bin')).exitCode).toBe(0);

    expect(seen.join('')).toContain('/status/start');
    expect(seen.join('')).not.toContain(secret);
    expect(place.printed).toContain('container 120 started');
    expect(place.printed).not.toContain(secret);
    expect(await place.filesWith('openbao-1')).toContain('host.tfstate');
    expect(await place.filesWith(secret)).toEqual([]);
  });
});

describe('Terraform killed', () => {
  /** Runs an apply and kills it with its provider when the double gets this call. */
  const killAt = async (matches: (call: { method: string; path: string }) => boolean) => {
    const run = place.start(['apply', '-auto-approve', '-input=false'], {}, { detached: true });
    place.before = async (call) => {
      if (!matches(call) || run.pid === undefined) return;
      process.kill(-run.pid, 'SIGKILL');
      await run;
    };
    const { signal } = await run;
    place.before = () => Promise.resolve();
    expect(signal).toBe('SIGKILL');
  };

  it('while the container is created, finds its own container again', async () => {
    await place.declare();
    await killAt(({ path }) => path.includes('vzcreate'));
    expect(await guests()).toHaveLength(1);
    await place.apply();
    expect((await place.plan()).exitCode).toBe(0);
    expect(await status()).toBe('running');
    expect(await rules()).toHaveLength(15);
  });

  it('while the rules are written, leaves a stopped container and a way on', async () => {
    await place.declare();
    let written = 0;
    await killAt(({ method, path }) => {
      written += Number(method === 'POST' && path.endsWith('/firewall/rules'));
      return written > 3;
    });
    expect(await status()).toBe('stopped');

    const { exitCode, text } = await place.run('apply', '-auto-approve', '-input=false');
    expect(exitCode).toBe(1);
    expect(text).toContain('Existing rules detected');
    expect(await status()).toBe('stopped');

    const imported = await place.run(
      ...['import', '-input=false', 'proxmox_virtual_environment_firewall_rules.openbao-1'],
      'container/pve1/120',
    );
    expect(imported.exitCode, imported.text).toBe(0);
    await place.apply();
    expect(await rules()).toHaveLength(15);
    expect(await status()).toBe('running');
    expect((await place.plan()).exitCode).toBe(0);
  });
});
