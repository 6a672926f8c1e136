import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { request, type RequestOptions } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createCa, issue, type KeyPair } from '../../../lab/pki.ts';
import { startProxmoxDouble, type ProxmoxDouble } from '../../../lab/proxmox/double.ts';
import { readJournal } from '../../../lab/proxmox/journal.ts';

const token = 'terraform@pve!lab=canary-secret';
let ca: KeyPair;
let tls: KeyPair;
let directory: string;
let stateDir: string;
let double: ProxmoxDouble;

interface Answer {
  readonly status: number | undefined;
  readonly reason: string | undefined;
  readonly body: {
    readonly data: unknown;
    readonly errors?: Readonly<Record<string, string>>;
    readonly message?: string;
  };
}

function call(
  method: string,
  path: string,
  form: Readonly<Record<string, string>> | string = '',
  options: RequestOptions = {},
): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const sent = request(
      new URL(`api2/json/${path}`, double.url),
      {
        method,
        ca: ca.certificate,
        headers: { authorization: `PVEAPIToken=${token}` },
        ...options,
      },
      (response) => {
        let text = '';
        response.on('data', (chunk: Buffer) => (text += chunk.toString()));
        response.on('end', () => {
          resolve({
            status: response.statusCode,
            reason: response.statusMessage,
            body: JSON.parse(text) as Answer['body'],
          });
        });
      },
    );
    sent.on('error', reject);
    sent.end(typeof form === 'string' ? form : new URLSearchParams(form).toString());
  });
}

const start = () => startProxmoxDouble({ stateDir, tls, token, nodes: ['pve1', 'pve2'] });
const template = { content: 'vztmpl', filename: 'd.tar.zst', url: 'https://download.example/d' };
const wanted = {
  ...{ vmid: '110', ostemplate: 'local:vztmpl/d.tar.zst', storage: 'local-lvm' },
  ...{ hostname: 'bao', memory: '512', swap: '0', tags: 'a;b', unprivileged: '1' },
  ...{ net0: 'name=eth0,bridge=vmbr0,firewall=1,ip=192.0.2.10/24,gw=192.0.2.1' },
};
const lxc = 'nodes/pve1/lxc';

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'double-proxmox-'));
  ca = await createCa('test CA');
  tls = await issue(ca, { commonName: 'proxmox', addresses: ['127.0.0.1'] });
});

afterAll(async () => {
  await rm(directory, { recursive: true, force: true });
});

beforeEach(async () => {
  stateDir = await mkdtemp(join(directory, 'state-'));
  double = await start();
  return async () => {
    await double.close();
  };
});

async function withContainer(): Promise<void> {
  await call('POST', 'nodes/pve1/storage/local/download-url', template);
  expect((await call('POST', lxc, wanted)).status).toBe(200);
}

describe('access to the double', () => {
  it.each([
    ['no token', undefined, 'No ticket'],
    ['a ticket', 'PVEAuthCookie=abc', 'No ticket'],
    ['half a token', 'PVEAPIToken=terraform@pve', 'invalid token value!'],
    ['a wrong secret', 'PVEAPIToken=terraform@pve!lab=wrong', 'invalid token value!'],
    [
      'another name',
      'PVEAPIToken=terraform@pve!other=canary-secret',
      "no such token 'other' for user 'terraform@pve'",
    ],
  ])('is refused with %s', async (_, authorization, reason) => {
    const headers = authorization === undefined ? {} : { authorization };
    const answer = await call('GET', 'version', '', { headers });
    expect(answer).toMatchObject({ status: 401, reason, body: { data: null } });
  });

  it('is given with the token, over TLS 1.3 and nothing older', async () => {
    expect((await call('GET', 'version')).body.data).toMatchObject({ release: '9.1' });
    await expect(call('GET', 'version', '', { maxVersion: 'TLSv1.2' })).rejects.toThrow();
  });

  it('leaves the secret in no file', async () => {
    await withContainer();
    for (const file of ['state.json', 'journal.jsonl']) {
      expect(await readFile(join(stateDir, file), 'utf8')).not.toContain('canary-secret');
      expect((await stat(join(stateDir, file))).mode & 0o777).toBe(0o600);
    }
  });
});

describe('a request that is wrong', () => {
  it('names every parameter that is missing, unknown or of another type', async () => {
    const answer = await call('POST', lxc, { cores: 'many', colour: 'blue', __proto__x: '1' });
    expect(answer).toMatchObject({ status: 400, reason: 'Parameter verification failed.' });
    expect(answer.body.errors).toMatchObject({
      vmid: 'property is missing and it is not optional',
      ostemplate: 'property is missing and it is not optional',
      cores: "type check ('integer') failed - got 'many'",
      colour: expect.stringContaining('not defined in schema') as string,
    });
  });

  it.each(['__proto__=1', 'constructor=1', 'toString=1'])('takes no %s', async (form) => {
    expect((await call('PUT', 'cluster/firewall/options', form)).status).toBe(400);
  });

  it.each([
    ['GET', 'nodes/pve9/lxc', 500, /hostname lookup 'pve9' failed/],
    ['GET', `${lxc}/12/config`, 400, /Parameter verification failed/],
    ['GET', `${lxc}/..%2f..%2fetc/config`, 400, /Parameter verification failed/],
    ['GET', `${lxc}/110/config`, 500, /nodes\/pve1\/lxc\/110.conf' does not exist/],
    ['GET', 'pools?poolid=constructor', 500, /pool 'constructor' does not exist/],
    ['GET', 'access/users', 501, /Method 'GET \/access\/users' not implemented/],
    ['GET', '%ff', 400, /Bad Request/],
  ] as const)('%s %s is answered with %i', async (method, path, status, reason) => {
    const answer = await call(method, path);
    expect(answer.status).toBe(status);
    expect(answer.reason).toMatch(reason);
  });

  it('leaves nothing behind', async () => {
    await call('POST', 'nodes/pve1/storage/local/download-url', template);
    expect((await call('POST', lxc, { ...wanted, pool: 'absent' })).status).toBe(500);
    expect((await call('GET', lxc)).body.data).toEqual([]);
  });
});

describe('a container', () => {
  beforeEach(withContainer);

  it('has integers, a disk with its size and a MAC address in its configuration', async () => {
    const { data } = (await call('GET', `${lxc}/110/config`)).body;
    expect(data).toMatchObject({
      ...{ hostname: 'bao', memory: 512, swap: 0, unprivileged: 1, tags: 'a;b' },
      rootfs: 'local-lvm:vm-110-disk-0,size=4G',
      net0: expect.stringMatching(/firewall=1.*hwaddr=BC:24:11(:[0-9A-F]{2}){3}/) as string,
      digest: expect.stringMatching(/^[0-9a-f]{40}$/) as string,
    });
    expect(data).not.toHaveProperty('ostemplate');
  });

  it.each([
    ['a container', 'lxc', 'CT'],
    ['a virtual machine', 'qemu', 'VM'],
  ])('cannot be made beside %s of its number, on whatever node', async (_, kind, short) => {
    await call('DELETE', `${lxc}/110`);
    await call('POST', 'nodes/pve2/storage/local/download-url', template);
    await call('POST', `nodes/pve2/${kind}`, kind === 'lxc' ? wanted : { vmid: '110' });
    expect((await call('POST', lxc, wanted)).reason).toBe(
      `unable to create CT 110 - ${short} 110 already exists on node 'pve2'`,
    );
  });

  it.each([
    ['features', 'nesting=1,keyctl=1', 'changing feature flags (except nesting)'],
    ['hookscript', 'local:snippets/x', "changing 'hookscript'"],
    ['mp0', '/etc,mp=/mnt', 'mount point type bind'],
    ['dev0', '/dev/tpm0', 'configuring device passthrough'],
  ])('gets no %s from a token', async (name, value, what) => {
    const answer = await call('PUT', `${lxc}/110/config`, { [name]: value });
    expect(answer).toMatchObject({
      status: 403,
      reason: `Permission check failed (${what} is only allowed for root@pam)`,
    });
    const nesting = await call('PUT', `${lxc}/110/config`, { features: 'nesting=1' });
    expect(nesting.status).toBe(200);
  });

  it('takes a list of deletions that is sent as repeated keys', async () => {
    const form = 'delete=tags&delete=hostname&delete=net3';
    expect((await call('PUT', `${lxc}/110/config`, form)).status).toBe(200);
    const { data } = (await call('GET', `${lxc}/110/config`)).body;
    expect(data).not.toHaveProperty('tags');
    expect(data).not.toHaveProperty('hostname');
  });

  it('makes volumes of a storage for mount points, keeps and grows them, and mounts no place of its host', async () => {
    const mp0 = (text: string) => ({ ...wanted, vmid: '111', mp0: text });
    const bind = await call('POST', lxc, mp0('/etc,mp=/data'));
    expect(bind).toMatchObject({
      status: 403,
      reason: expect.stringContaining('root@pam') as string,
    });
    expect(await call('POST', lxc, mp0('local-lvm:2'))).toMatchObject({
      body: { errors: { mp0: expect.any(String) as string } },
    });
    expect((await call('POST', lxc, mp0('local:2,mp=/data'))).reason).toContain('does not support');
    expect((await call('POST', lxc, mp0('local-lvm:2,mp=/data,backup=0'))).status).toBe(200);
    const config = async () => (await call('GET', `${lxc}/111/config`)).body.data;
    const volume = 'local-lvm:vm-111-disk-1,mp=/data,backup=0,size=2G';
    expect(await config()).toMatchObject({
      mp0: volume,
      rootfs: 'local-lvm:vm-111-disk-0,size=4G',
    });
    await call('PUT', `${lxc}/111/config`, { mp0: 'local-lvm:9,mp=/data,backup=0' });
    expect(await config()).toMatchObject({ mp0: volume });
    await call('PUT', `${lxc}/111/resize`, { disk: 'mp0', size: '+1G' });
    expect(await config()).toMatchObject({ mp0: volume.replace('2G', '3G') });
    const other = await call('PUT', `${lxc}/111/resize`, { disk: 'mp1', size: '+1G' });
    expect(other.reason).toBe("disk 'mp1' does not exist");
  });

  it('grows its disk and never shrinks it', async () => {
    const resize = (size: string) => call('PUT', `${lxc}/110/resize`, { disk: 'rootfs', size });
    expect((await resize('10G')).status).toBe(200);
    expect((await resize('8G')).reason).toBe('unable to shrink disk size');
    expect((await call('GET', `${lxc}/110/config`)).body.data).toMatchObject({
      rootfs: 'local-lvm:vm-110-disk-0,size=10G',
    });
  });

  it('goes from state to state as Proxmox allows, each by a task that ends OK', async () => {
    const act = (action: string) => call('POST', `${lxc}/110/status/${action}`);
    expect((await act('shutdown')).reason).toBe('CT 110 not running');
    const upid = String((await act('start')).body.data);
    expect(upid).toMatch(/^UPID:pve1(:[0-9A-F]{8}){3}:vzstart:110:terraform@pve!lab:$/);
    const task = await call('GET', `nodes/pve1/tasks/${encodeURIComponent(upid)}/status`);
    expect(task.body.data).toMatchObject({ status: 'stopped', exitstatus: 'OK' });
    expect((await act('start')).reason).toBe('CT 110 already running');
    expect((await call('DELETE', `${lxc}/110`)).reason).toContain('container is running');
    expect((await act('stop')).status).toBe(200);
    expect((await call('DELETE', `${lxc}/110`)).status).toBe(200);
  });

  it('is not destroyed while it is protected', async () => {
    await call('PUT', `${lxc}/110/config`, { protection: '1' });
    expect((await call('DELETE', `${lxc}/110`)).reason).toBe(
      "can't remove CT 110 - protection mode enabled",
    );
    await call('PUT', `${lxc}/110/config`, { protection: '0' });
    expect((await call('DELETE', `${lxc}/110`)).status).toBe(200);
  });

  it('takes its firewall with it', async () => {
    await call('PUT', `${lxc}/110/firewall/options`, { enable: '1' });
    await call('DELETE', `${lxc}/110`);
    await call('POST', lxc, wanted);
    expect((await call('GET', `${lxc}/110/firewall/options`)).body.data).toEqual({});
  });
});

describe('firewall rules', () => {
  const base = `${lxc}/110/firewall/rules`;
  const add = (comment: string) => call('POST', base, { action: 'ACCEPT', type: 'in', comment });
  const comments = async () =>
    ((await call('GET', base)).body.data as { comment: string }[]).map(({ comment }) => comment);

  beforeEach(async () => {
    for (const comment of ['c', 'b', 'a']) await add(comment);
  });

  it('are inserted at the top', async () => {
    expect(await comments()).toEqual(['a', 'b', 'c']);
  });

  it('have a number for a position in the list, and a string by themselves', async () => {
    expect((await call('GET', base)).body.data).toMatchObject([{ pos: 0 }, { pos: 1 }, { pos: 2 }]);
    expect((await call('GET', `${base}/1`)).body.data).toMatchObject({ pos: '1', comment: 'b' });
    expect((await call('GET', `${base}/3`)).reason).toBe('no rule at position 3');
  });

  it.each([
    ['2', '0', ['c', 'a', 'b']],
    ['0', '2', ['b', 'a', 'c']],
    ['0', '3', ['b', 'c', 'a']],
  ])('move from %s in front of %s', async (from, moveto, expected) => {
    await call('PUT', `${base}/${from}`, { moveto });
    expect(await comments()).toEqual(expected);
  });

  it('need a protocol for a port', async () => {
    const ports = { action: 'ACCEPT', type: 'in', dport: '22' };
    expect((await call('POST', base, ports)).body.errors).toHaveProperty('proto');
    expect((await call('POST', base, { ...ports, proto: 'tcp' })).status).toBe(200);
  });
});

describe('a template', () => {
  const at = 'nodes/pve1/storage/local';
  const checksum = { checksum: 'ab'.repeat(64), 'checksum-algorithm': 'sha512' };

  it('is refused in its task when the checksum is another, and is not there then', async () => {
    const url = 'https://download.example/mismatch/d.tar.zst';
    const { body } = await call('POST', `${at}/download-url`, { ...template, ...checksum, url });
    const upid = encodeURIComponent(String(body.data));
    const task = await call('GET', `nodes/pve1/tasks/${upid}/status`);
    expect(task.body.data).toMatchObject({
      exitstatus: expect.stringContaining('checksum mismatch') as string,
    });
    expect((await call('GET', `${at}/content?content=vztmpl`)).body.data).toEqual([]);
  });

  it('does not overwrite one of its name', async () => {
    await call('POST', `${at}/download-url`, { ...template, ...checksum });
    expect((await call('POST', `${at}/download-url`, template)).reason).toBe(
      "refusing to override existing file 'd.tar.zst'",
    );
  });

  it('goes to a storage that takes templates', async () => {
    const other = await call('POST', 'nodes/pve1/storage/local-lvm/download-url', template);
    expect(other.reason).toContain("does not support content type 'vztmpl'");
    const absent = await call('POST', 'nodes/pve1/storage/nfs/download-url', template);
    expect(absent.reason).toBe("storage 'nfs' does not exist");
  });
});

describe('a pool', () => {
  it('is made once, lists its guests, and is not removed while it has some', async () => {
    expect((await call('POST', 'pools', { poolid: 'bao' })).status).toBe(200);
    expect((await call('POST', 'pools', { poolid: 'bao' })).reason).toContain('already exists');
    await call('POST', 'nodes/pve1/storage/local/download-url', template);
    await call('POST', lxc, { ...wanted, pool: 'bao' });
    expect((await call('GET', 'pools?poolid=bao')).body.data).toMatchObject([
      { poolid: 'bao', members: [{ id: 'lxc/110', vmid: 110 }] },
    ]);
    expect((await call('DELETE', 'pools?poolid=bao')).reason).toContain('is not empty');
    await call('DELETE', `${lxc}/110`);
    expect((await call('DELETE', 'pools?poolid=bao')).status).toBe(200);
  });
});

describe('the state of the double', () => {
  it('outlives it', async () => {
    await withContainer();
    await double.close();
    double = await start();
    expect((await call('GET', `${lxc}/110/config`)).body.data).toMatchObject({ hostname: 'bao' });
    expect((await readJournal(stateDir)).map(({ path }) => path)).toContain(lxc);
  });

  it('that is cut off is named, and not taken for an empty one', async () => {
    const file = join(stateDir, 'state.json');
    await withContainer();
    const text = await readFile(file, 'utf8');
    await writeFile(file, text.slice(0, text.length / 2));
    await expect(start()).rejects.toThrow(`${file} is not a state of the Proxmox double`);
    expect(await readFile(file, 'utf8')).toBe(text.slice(0, text.length / 2));
  });

  it('counts every one of many calls at once', async () => {
    await Promise.all(
      Array.from({ length: 40 }, (_, index) =>
        call('POST', 'pools', { poolid: `pool-${String(index)}` }),
      ),
    );
    await double.close();
    double = await start();
    expect((await call('GET', 'pools')).body.data).toHaveLength(40);
  });

  it('needs a token that is one', async () => {
    await expect(
      startProxmoxDouble({ stateDir, tls, token: 'canary', nodes: ['pve1'] }),
    ).rejects.toThrow(/^a Proxmox API token has the form user@realm!name=secret$/);
  });
});
