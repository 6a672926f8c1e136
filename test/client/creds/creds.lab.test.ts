import { readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { approlePaths } from '../../../src/model/names.ts';
import { watchCommandLines } from '../../command-lines.ts';
import { filesBelow } from '../../lab/running-lab.ts';
import type { ClientOptions } from '../deployed.ts';
import { gateTo, type Gate } from './gate.ts';
import { addresses, mintingDeployment, role, type Minting, type Printed } from './minting.ts';

let lab: Minting;
/** The agent, at a home of this test alone. */
let agent: ClientOptions & { readonly home: string };
let before: number;

beforeAll(async () => {
  lab = await mintingDeployment();
});
afterAll(() => lab.stop());
beforeEach(async () => {
  agent = { ...(await lab.asAgent()), home: await lab.home() };
  before = await lab.mints();
});

const creds = (...options: readonly string[]) => ['creds', 'aws', 'proxmox', ...options];
const minted = async () => (await lab.mints()) - before;
const cacheOf = ({ home }: { readonly home: string }) =>
  join(home, '.cache', 'credential-backbone');

/** Runs it, and expects a session. */
async function session(options: ClientOptions = agent, ...more: readonly string[]) {
  const ran = await lab.bundle(creds(...more), options);
  expect(ran, ran.stderr).toMatchObject({ exitCode: 0 });
  return { ...ran, printed: JSON.parse(ran.stdout) as Printed };
}

/** Runs it, and expects a refusal: nothing on stdout, one line for people, no stack. */
async function refusal(options: ClientOptions, ...more: readonly string[]) {
  const ran = await lab.bundle(creds(...more), options);
  expect(ran).toMatchObject({ exitCode: 1, stdout: '' });
  expect(ran.stderr).toMatch(/^backbone: .*\n$/);
  return ran.stderr;
}

describe('a session', () => {
  it('is exactly what an SDK reads, nothing more, and works', async () => {
    const { stdout, stderr, printed } = await session();
    expect(stderr).toBe('');
    expect(stdout).toBe(`${JSON.stringify(printed)}\n`);
    expect(Object.keys(printed)).toEqual([
      ...['Version', 'AccessKeyId', 'SecretAccessKey', 'SessionToken', 'Expiration'],
    ]);
    expect(printed.Version).toBe(1);
    const who = await lab.aws.json(printed, 'sts', 'get-caller-identity');
    expect(who).toMatchObject({ Arn: expect.stringContaining(`assumed-role/${role}/`) as string });
  });

  it('says its true end: alive before it, dead a second after', async () => {
    const { printed } = await session();
    const left = Date.parse(printed.Expiration) - Date.now();
    expect(left).toBeLessThanOrEqual(900_000);
    // By the end of an hour whatever was said is over, and not before it was said.
    await lab.aws.shiftClock(Math.floor(left / 1000) - 120);
    expect(await lab.aws.aws(printed, 'sts', 'get-caller-identity')).toMatchObject({ exitCode: 0 });
    await lab.aws.shiftClock(902);
    const late = await lab.aws.aws(printed, 'sts', 'get-caller-identity');
    await lab.aws.shiftClock(0);
    expect(late.stderr).toContain('ExpiredToken');
  });

  it('is minted once, and then given without a server', async () => {
    const first = await session();
    const contract = await lab.contractFile('terraform-agent');
    const second = await session({ ...agent, contract });
    expect(second.printed).toEqual(first.printed);
    expect((await session(agent, '--offline')).printed).toEqual(first.printed);
    expect(await minted()).toBe(1);
  });

  it('is minted by a profile of its AWS name, too', async () => {
    const named = await lab.bundle(['creds', 'aws', role], agent);
    expect(JSON.parse(named.stdout)).toEqual((await session()).printed);
  });

  it('is not minted and not kept: --offline fails, --no-cache leaves nothing', async () => {
    expect(await refusal(agent, '--offline')).toContain('--offline asks nobody');
    expect(await minted()).toBe(0);
    const first = await session(agent, '--no-cache');
    const second = await session(agent, '--no-cache');
    expect(second.printed.AccessKeyId).not.toBe(first.printed.AccessKeyId);
    expect(await readdir(cacheOf(agent))).toEqual([]);
    expect(await minted()).toBe(2);
  });

  it("is not given to another token, for other addresses, or out of another one's file", async () => {
    const { printed } = await session();
    const other = await lab.asAgent(agent);
    const env = { BAO_TOKEN: await lab.tokenOf('terraform-agent') };
    const theirs = await session({ ...other, env });
    expect(theirs.printed.AccessKeyId).not.toBe(printed.AccessKeyId);
    const contract = await lab.contractFile('terraform-agent', (one) => ({
      ...one,
      openbao: { ...one.openbao, addresses: [lab.server.address, lab.deadAddress] },
    }));
    const elsewhere = await session({ ...agent, contract });
    expect(elsewhere.printed.AccessKeyId).not.toBe(printed.AccessKeyId);
    const [one = '', two = ''] = await cacheFiles();
    await writeFile(one, await readFile(two));
    const again = await session({ ...agent, env });
    expect((await session()).printed.AccessKeyId).toBeDefined();
    expect(again.exitCode).toBe(0);
    expect(await cacheFiles()).toHaveLength(3);
  });

  it('is refused for a profile that is not granted, or not known, and to a stranger', async () => {
    const all = await lab.contractFile();
    const stolen = { ...agent, contract: all };
    const unifi = await lab.bundle(['creds', 'aws', 'unifi', '--json'], stolen);
    expect(unifi.exitCode).toBe(1);
    expect(JSON.parse(unifi.stdout)).toMatchObject({
      error: expect.stringContaining('permission denied') as string,
    });
    const none = await lab.bundle(['creds', 'aws', 'nonesuch'], agent);
    expect(none.stderr).toContain('no such profile; there are: proxmox');
    expect(await refusal({ ...agent, localAddress: addresses.thief })).toContain('403');
    expect(await minted()).toBe(0);
  });
});

async function cacheFiles(): Promise<string[]> {
  const names = await readdir(cacheOf(agent));
  return names.filter((name) => name.endsWith('.json')).map((name) => join(cacheOf(agent), name));
}

describe('a token that was made for one session', () => {
  it('is revoked at once, and the session lives on', async () => {
    const paths = approlePaths('terraform-agent');
    const read = async (method: 'GET' | 'POST', path: string, field: string) =>
      ((await lab.admin(method, path))['data'] as Record<string, string>)[field] ?? '';
    const secretId = join(agent.home, 'secret-id');
    await writeFile(secretId, await read('POST', paths.secretId, 'secret_id'), { mode: 0o600 });
    const env = {
      BAO_TOKEN: '',
      BAO_ROLE_ID: await read('GET', paths.roleId, 'role_id'),
      BAO_SECRET_ID_FILE: secretId,
    };
    const { printed } = await session({ ...agent, env });
    const mine = (await lab.audit()).filter((entry) => {
      const { path, remote_address: from } = entry['request'] as Record<string, string>;
      return path === 'auth/token/revoke-self' && from === addresses['terraform-agent'];
    });
    expect(mine.length).toBeGreaterThan(0);
    expect(await lab.aws.aws(printed, 'sts', 'get-caller-identity')).toMatchObject({ exitCode: 0 });
  });

  it('is left alone where it was there before', async () => {
    await session();
    await session(agent, '--no-cache');
    expect(await minted()).toBe(2);
  });
});

describe('many at once on a cold cache', () => {
  const many = 50;

  it.each([
    ['the server up', (live: string) => [live]],
    ['the first address dead', (live: string) => [lab.deadAddress, live]],
  ])('mint once, with %s', async (_, addressesOf) => {
    const contract = await lab.contractFile('terraform-agent', (one) => ({
      ...one,
      openbao: { ...one.openbao, addresses: addressesOf(lab.server.address) },
    }));
    const all = await Promise.all(
      Array.from({ length: many }, () => session({ ...agent, contract })),
    );
    expect(new Set(all.map(({ stdout }) => stdout)).size).toBe(1);
    expect(await minted()).toBe(1);
  });

  it('mint once when the one that was at it is killed', async () => {
    const gate: Gate = await gateTo(lab.server.address, addresses['terraform-agent']);
    try {
      const contract = await lab.contractFile('terraform-agent', (one) => ({
        ...one,
        openbao: { ...one.openbao, addresses: [gate.address] },
      }));
      const options = { ...agent, contract };
      const holder = (await lab.started(creds(), options)).process;
      await gate.until(1);
      const others = Array.from({ length: many - 1 }, () => session(options));
      gate.open();
      holder.kill('SIGKILL');
      expect(await holder).toMatchObject({ signal: 'SIGKILL', stdout: '' });
      const all = await Promise.all(others);
      expect(new Set(all.map(({ stdout }) => stdout)).size).toBe(1);
      expect(await minted()).toBe(1);
      // The killed one left nothing that would stop the next.
      await expect(session(options, '--offline')).resolves.toBeDefined();
    } finally {
      await gate.close();
    }
  });
});

describe('while OpenBao cannot be asked', () => {
  it('what is cached serves, and who has nothing is told why', async () => {
    const { printed } = await session();
    await lab.seal();
    try {
      expect((await session()).printed).toEqual(printed);
      expect(await refusal({ ...agent, home: await lab.home() })).toContain('sealed');
    } finally {
      await lab.restart();
    }
  });
});

describe('what was written', () => {
  it('is a cache of 0600 files in a 0700 directory, and no token anywhere', async () => {
    const token = agent.env?.['BAO_TOKEN'] ?? '';
    const watching = watchCommandLines(20);
    const { printed } = await session();
    watching.stop();
    expect((await stat(cacheOf(agent))).mode & 0o777).toBe(0o700);
    const files = await filesBelow(agent.home);
    expect(files.size).toBe(1);
    for (const [path, content] of files) {
      expect((await stat(path)).mode & 0o777).toBe(0o600);
      expect(content).toContain(printed.SecretAccessKey);
      expect(content).not.toContain(token);
      expect(path).not.toContain(printed.AccessKeyId);
    }
    const said = [...watching.seen].filter((line) =>
      [token, printed.SecretAccessKey, printed.SessionToken].some((secret) =>
        line.includes(secret),
      ),
    );
    expect(said).toEqual([]);
  });
});
