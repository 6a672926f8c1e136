import { readFile, rm, stat, writeFile } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { stopProcess } from '../../lab/processes/process.ts';
import { terraform } from '../../lab/parts/terraform.ts';
import { readKv } from '../../src/client/kv.ts';
import { call, type Connection } from '../../src/client/openbao.ts';
import { stackNames } from '../../src/model/names.ts';
import { lockIdOf, stateProject } from './state-project.ts';
import { filesBelow, labOfItsOwn, type RunningLab } from './running-lab.ts';

/** Planted as secret values: if one is found anywhere but in OpenBao, it leaked. */
const canaries = {
  username: 'canary-user-8f3a91c7',
  password: 'canary-pass-"${52d1e0}%{b6}\n7a',
  api: 'https://canary-url-c01d55aa.example.net',
};
const marks = ['canary-user-8f3a91c7', 'canary-pass-', 'canary-url-c01d55aa'];

let lab: RunningLab;
let env: Record<string, string>;

beforeAll(async () => {
  lab = await labOfItsOwn();
  const up = await lab.backbone(['lab', 'up']);
  expect(up, up.stderr).toMatchObject({ exitCode: 0 });
  env = await lab.environment();
  const deployed = await lab.backbone(['deploy', '*', '--auto-approve'], { env });
  expect(deployed, deployed.stderr).toMatchObject({ exitCode: 0 });
  const tour = await lab.backbone(['lab', 'tour'], { env });
  expect(tour, tour.stderr).toMatchObject({ exitCode: 0 });
  // The operator exists now: from here on it is a person's rights and Terraform's own identities.
  env = await lab.environment();
});

afterAll(async () => {
  await lab.remove();
});

async function connection(token = env['BAO_TOKEN']): Promise<Connection> {
  return {
    address: env['BAO_ADDR'] ?? '',
    ca: await readFile(lab.paths.caCertificate, 'utf8'),
    token,
  };
}

describe('after a deploy', () => {
  it('every stack has nothing to change', async () => {
    const { exitCode, stdout, stderr } = await lab.backbone(['plan', '--json'], { env });
    expect(JSON.parse(stdout), stderr).toEqual(
      stackNames.map((stack) => ({ stack, outcome: 'no changes' })),
    );
    expect(exitCode).toBe(0);
  }, 400_000);

  it('plain terraform plans the synthesized stack', async () => {
    const planned = await lab.run('terraform', ['plan', '-no-color', '-detailed-exitcode'], {
      cwd: join(lab.output, 'stacks', 'openbao'),
      env,
    });
    expect(planned, planned.stderr).toMatchObject({ exitCode: 0 });
  });

  it('cdktf deploys all stacks, and then there is nothing to change', async () => {
    const deployed = await lab.run(
      'npx',
      [...['cdktf', 'deploy', '*', '--auto-approve', '--output', lab.output]],
      { env },
    );
    expect(deployed, deployed.stdout).toMatchObject({ exitCode: 0 });
    const planned = await lab.backbone(['plan'], { env });
    expect(planned, planned.stderr).toMatchObject({ exitCode: 0 });
  }, 300_000);

  it('a person finds all well', async () => {
    const { exitCode, stdout } = await lab.backbone(['doctor', '--json'], { env });
    const failed = (JSON.parse(stdout) as { verdict: string }[]).filter(
      ({ verdict }) => verdict === 'failed',
    );
    expect(failed).toEqual([]);
    expect(exitCode).toBe(0);
  });
});

describe('a change made behind its back', () => {
  const path = 'auth/approle/role/unpoller';

  it('is a plan with exit status 2, and the next deploy takes it back', async () => {
    const apply = await connection(env['VAULT_TOKEN']);
    await call(apply, { method: 'POST', path, body: { secret_id_num_uses: 5 } });
    const planned = await lab.backbone(['plan', 'openbao', '--json'], { env });
    expect(planned.exitCode).toBe(2);
    expect(JSON.parse(planned.stdout)).toEqual([
      { stack: 'openbao', outcome: 'changes', add: 0, change: 1, remove: 0 },
    ]);
    const deployed = await lab.backbone(['deploy', 'openbao', '--auto-approve'], { env });
    expect(deployed, deployed.stderr).toMatchObject({ exitCode: 0 });
    const role = await call(apply, { method: 'GET', path });
    expect(role?.data).toMatchObject({ secret_id_num_uses: 1 });
  });

  it('is not applied without a terminal to ask on', async () => {
    const deployed = await lab.backbone(['deploy', 'openbao'], { env });
    expect(deployed.exitCode).toBe(1);
    expect(deployed.stderr).toContain('nothing was applied: there is no terminal to ask on');
  });
});

describe('the Ansible inventory', () => {
  it('is what the stacks have deployed, and holds no secret', async () => {
    const { exitCode, stdout, stderr } = await lab.backbone(['inventory'], { env });
    expect(exitCode, stderr).toBe(0);
    const { all } = parse(stdout) as { all: { children: { openbao_servers: Inventory } } };
    const { hosts, vars } = all.children.openbao_servers;
    expect(Object.values(hosts).map(({ ansible_user }) => ansible_user)).toEqual(['root']);
    expect(vars.aws_identity_trust_anchor_arn).toMatch(/^arn:aws:rolesanywhere:.*:trust-anchor\//);
    expect(vars.aws_identity_role_arn).toMatch(/:role\/openbao-broker$/);
    for (const mark of [...marks, env['BAO_TOKEN'] ?? '?']) expect(stdout).not.toContain(mark);
  });
});

interface Inventory {
  readonly hosts: Readonly<Record<string, { readonly ansible_user: string }>>;
  readonly vars: {
    readonly aws_identity_trust_anchor_arn: string;
    readonly aws_identity_role_arn: string;
  };
}

describe("Terraform's own identities", () => {
  it('plans, but does not change, with the plan identity', async () => {
    const tried = await lab.backbone(
      ['as', 'terraform-plan', '--', 'sh', '-c', 'cat >/dev/null; printf %s "$VAULT_TOKEN"'],
      { env },
    );
    const plan = await connection(tried.stdout);
    // The token was given up when the command ended, so even its own look-up is refused.
    await expect(call(plan, { method: 'GET', path: 'auth/token/lookup-self' })).rejects.toThrow(
      '403',
    );
  });

  it('reads no secret value and mints no session with the apply identity', async () => {
    const apply = await connection(env['VAULT_TOKEN']);
    await expect(call(apply, { method: 'GET', path: 'sys/mounts/kv' })).resolves.toBeDefined();
    for (const path of ['kv/data/unifi/tofu', 'kv/data/unifi/exporter']) {
      await expect(call(apply, { method: 'GET', path })).rejects.toThrow('permission denied');
    }
    await expect(
      call(apply, { method: 'POST', path: 'aws/sts/tf-proxmox', body: { ttl: '900s' } }),
    ).rejects.toThrow('permission denied');
  });
});

describe.each([
  ['proxmox', 'dynamodb'],
  ['unifi', 's3'],
  ['dns', 'both'],
] as const)('a session that OpenBao mints for %s, whose lock is %s', (profile, mode) => {
  const bucket = `tfstate-${profile}-111122223333`;
  const key = `${profile}/terraform.tfstate`;
  let session: Record<string, string>;
  const project = async (name: string, options: { key?: string; slow?: boolean } = {}) =>
    stateProject({
      directory: join(lab.output, '..', `${profile}-${name}`),
      program: (await terraform(() => undefined)).path,
      ...{ bucket, key, mode, region: 'us-east-2', table: 'terraform-proxmox-locks-useast2' },
      ...options,
    });

  beforeAll(async () => {
    const minted = await call(await connection(), {
      method: 'POST',
      path: `aws/sts/tf-${profile}`,
      body: { ttl: '900s' },
    });
    const { access_key, secret_key, security_token } = minted?.data as Record<string, string>;
    session = {
      PATH: process.env['PATH'] ?? '',
      AWS_ACCESS_KEY_ID: access_key ?? '',
      AWS_SECRET_ACCESS_KEY: secret_key ?? '',
      AWS_SESSION_TOKEN: security_token ?? '',
      AWS_ENDPOINT_URL: env['AWS_ENDPOINT_URL'] ?? '',
      AWS_EC2_METADATA_DISABLED: 'true',
    };
  });

  it("works with Terraform's own S3 backend, lock included", async () => {
    const mine = await project('mine');
    expect(await mine.run(session, 'init')).toMatchObject({ exitCode: 0 });
    const slow = await project('slow', { slow: true });
    expect(await slow.run(session, 'init')).toMatchObject({ exitCode: 0 });
    const holder = slow.start(session, 'apply', '-auto-approve', '-replace=terraform_data.thing');
    await slow.holdsLock();
    const refused = await mine.run(session, 'apply', '-auto-approve');
    expect(refused.all).toContain('Error acquiring the state lock');
    if (holder.pid === undefined) throw new Error('terraform did not start');
    process.kill(-holder.pid, 'SIGKILL');
    await holder;
    const unlocked = await mine.run(session, 'force-unlock', '-force', lockIdOf(refused));
    expect(unlocked, unlocked.all).toMatchObject({ exitCode: 0 });
    const applied = await mine.run(session, 'apply', '-auto-approve');
    expect(applied.all).toContain('Apply complete!');
  });

  it('is denied one key further', async () => {
    const sibling = await project('sibling', { key: `${key}2` });
    const initialised = await sibling.run(session, 'init');
    expect(initialised.exitCode).toBe(1);
    expect(initialised.all).toMatch(/AccessDenied|403/);
  });
});

describe('the host that rotates', () => {
  it('arrives by its SecretID, and from then on its timer rotates as its certificate alone', async () => {
    const place = join(lab.output, '..');
    const [envelope, contract] = [join(place, 'envelope'), join(place, 'rotation.json')];
    const made = [
      await lab.backbone(['secret-id', 'issue', 'unifi-rotation', '--out', envelope], {
        // The ledger of this test, not the one of whoever runs it.
        env: { ...env, XDG_STATE_HOME: join(place, 'state') },
      }),
      await lab.backbone(['contract', '--consumer', 'unifi-rotation', '--out', contract], { env }),
    ];
    for (const { exitCode, stderr } of made) expect(exitCode, stderr).toBe(0);
    // What the units of the role unifi_rotation run, with nothing of the operator's.
    const host = {
      BACKBONE_CONTRACT: contract,
      BACKBONE_STATE: join(place, 'rotation'),
      BACKBONE_SOURCE_ADDRESS: '127.0.2.32',
    };
    const arrived = await lab.backbone(['bootstrap', '--token-file', envelope], { env: host });
    expect(arrived, arrived.stderr).toMatchObject({ exitCode: 0 });
    const cli = fileURLToPath(new URL('../../bin/backbone.mjs', import.meta.url));
    const rotate = (...words: readonly string[]) =>
      lab.backbone(
        [
          'run',
          '--with-token',
          '--allow-disk',
          '--',
          process.execPath,
          cli,
          'rotate',
          'unifi',
          ...words,
        ],
        { env: host },
      );
    const nothing = await rotate();
    expect(nothing, nothing.stderr).toMatchObject({ exitCode: 0 });
    expect(nothing.stdout).toContain('unifi/exporter: not due');
    const rotated = await rotate('unifi/exporter');
    expect(rotated, rotated.stderr).toMatchObject({ exitCode: 0 });
    expect(rotated.stdout).toMatch(/unifi\/exporter: rotated, version \d+/);
  });
});

interface MigrationRow {
  readonly class: string;
  readonly state: string;
  readonly proved: boolean;
  readonly blockedBy: readonly string[];
}

const migrate = async () => {
  const { exitCode, stdout, stderr } = await lab.backbone(['migrate', '--json'], { env });
  return { exitCode, stderr, rows: JSON.parse(stdout) as readonly MigrationRow[] };
};

describe('migrate', () => {
  it('gives the whole table: every class is at its target, and was proved by use in that run', async () => {
    const { exitCode, rows, stderr } = await migrate();
    expect(rows.map(({ class: name, state, proved }) => [name, state, proved])).toEqual([
      ['aws-tf-state', 'target', true],
      ['unifi', 'target', true],
      ['ai-model-keys', 'target', true],
      ['app-runtime-env', 'target', true],
      ['github-actions-secrets', 'target', true],
      ['github-api-push', 'target', true],
      ['bootstrap', 'target', true],
    ]);
    expect(exitCode, stderr).toBe(0);
  });

  it('does not call a push proved while the broker is down', async () => {
    const { broker } = (await lab.record()).processes;
    if (broker === undefined) throw new Error('the broker was not started');
    await stopProcess(broker);
    const { exitCode, rows, stderr } = await migrate();
    expect(exitCode).toBe(2);
    expect(stderr).toContain('github-api-push is declared target');
    const row = rows.find(({ class: name }) => name === 'github-api-push');
    expect(row?.proved).toBe(false);
    expect(row?.blockedBy.join()).toContain('cannot reach the GitHub broker');

    expect(await lab.backbone(['lab', 'status'])).toMatchObject({ exitCode: 2 });
    const up = await lab.backbone(['lab', 'up']);
    expect(up, up.stderr).toMatchObject({ exitCode: 0 });
    expect((await migrate()).exitCode).toBe(0);
  });
});

describe('secret put', () => {
  const put = (value: unknown, path = 'unifi/tofu') =>
    lab.backbone(['secret', 'put', path], {
      env,
      input: typeof value === 'string' ? value : JSON.stringify(value),
    });

  const ofUnifi = (stdout: string) =>
    (JSON.parse(stdout) as { path: string }[]).filter(({ path }) => path.startsWith('unifi/'));

  it('writes what stands on stdin, and lists it without values', async () => {
    const written = await put(canaries);
    expect(written, written.stderr).toMatchObject({ exitCode: 0 });
    expect(written.stdout).toBe('unifi/tofu: version 2 (username, password, api)');
    const { stdout, exitCode } = await lab.backbone(['secret', 'list', '--json'], { env });
    expect(exitCode).toBe(0);
    expect(ofUnifi(stdout)).toMatchObject([
      { path: 'unifi/exporter', state: 'current' },
      { path: 'unifi/injected', state: 'current' },
      { path: 'unifi/rotation', state: 'current' },
      { path: 'unifi/tofu', state: 'current', version: 2, owner: 'network' },
      { path: 'unifi/tofu-key', state: 'current' },
    ]);
  });

  it('gives back exactly what was written, hostile characters included', async () => {
    const answer = await call(await connection(), { method: 'GET', path: 'kv/data/unifi/tofu' });
    expect(answer?.data).toMatchObject({ data: canaries });
  });

  it.each([
    ['a field too few', { username: 'canary-user-8f3a91c7', password: 'x' }, 'missing: api'],
    ['a field too many', { ...canaries, other: 'x' }, '1 not declared'],
    ['an empty field', { ...canaries, password: '' }, 'not empty'],
    ['a number', { ...canaries, password: 5 }, 'each a string'],
    ['no JSON', 'canary-user-8f3a91c7', 'not one JSON object'],
    ['nothing', '', 'not one JSON object'],
  ])('refuses %s, and writes nothing', async (_, value, message) => {
    const refused = await put(value);
    expect(refused.exitCode).toBe(1);
    expect(refused.stderr).toContain(message);
    const { stdout } = await lab.backbone(['secret', 'list', '--json'], { env });
    expect(ofUnifi(stdout)).toMatchObject([{}, {}, {}, { path: 'unifi/tofu', version: 2 }, {}]);
  });

  it('refuses a path that is not declared', async () => {
    const refused = await put(canaries, 'unifi/tofu-old');
    expect(refused.exitCode).toBe(1);
    expect(refused.stderr).toContain('"unifi/tofu-old" is not declared');
  });
});

describe('migrate, where a secret holds what its controller does not take', () => {
  it('does not call the class proved, and ends with status 2', async () => {
    const { exitCode, rows, stderr } = await migrate();
    expect(exitCode).toBe(2);
    expect(stderr).toContain(
      'unifi is declared target, and its target path did not work in this run',
    );
    const row = rows.find(({ class: name }) => name === 'unifi');
    expect(row?.proved).toBe(false);
    expect(row?.blockedBy.join()).toContain('another username than the declared admin tofu');
  });
});

describe('status', () => {
  const path = 'kv/metadata/unifi/exporter';

  it('is 0 while no secret is overdue, and 2 with its name when one is', async () => {
    const well = await lab.backbone(['status', '--json'], { env });
    expect(well, well.stderr).toMatchObject({ exitCode: 0 });
    expect(JSON.parse(well.stdout)).toMatchObject({
      secrets: 7,
      overdue: 0,
      listed: [],
    });

    const apply = await connection(env['VAULT_TOKEN']);
    const before = await call(apply, { method: 'GET', path });
    const { custom_metadata } = before?.data as { custom_metadata: Record<string, string> };
    const write = (custom: Record<string, string>) =>
      call(apply, { method: 'POST', path, body: { custom_metadata: custom } });
    await write({ ...custom_metadata, rotate_every_seconds: '0' });
    const overdue = await lab.backbone(['status'], { env });
    await write(custom_metadata);
    expect(overdue.exitCode).toBe(2);
    expect(overdue.stdout).toMatch(/unifi\/exporter +overdue .*backbone rotate unifi/);
  });
});

describe('operator add', () => {
  it('makes an operator with a password that nobody typed, at the declared addresses', async () => {
    const file = join(lab.output, '..', 'alice.password');
    const refused = await lab.backbone(['operator', 'add', 'alice', '--out', file], { env });
    expect(refused.exitCode).toBe(1);
    expect(refused.stderr).toContain('permission denied');
    await expect(stat(file)).rejects.toThrow('ENOENT');

    const first = await lab.environment('--bootstrap');
    const added = await lab.backbone(['operator', 'add', 'alice', '--out', file], { env: first });
    expect(added, added.stderr).toMatchObject({ exitCode: 0 });
    expect((await stat(file)).mode & 0o777).toBe(0o600);
    const password = (await readFile(file, 'utf8')).trim();
    expect(added.stdout).not.toContain(password);
    const login = {
      method: 'POST',
      path: 'auth/operator/login/alice',
      body: { password },
    } as const;
    const anonymous = { ...(await connection()), token: undefined };
    const answer = await call(anonymous, login);
    expect(answer?.auth).toMatchObject({ policies: ['operator'], lease_duration: 3600 });
    await expect(call({ ...anonymous, localAddress: '127.0.0.9' }, login)).rejects.toThrow(
      /40[03]/,
    );
    // Not twice into one file, and never without addresses.
    const again = await lab.backbone(['operator', 'add', 'alice', '--out', file], { env: first });
    expect(again.stderr).toContain('exists');
    await expect(
      call(await connection(first['BAO_TOKEN']), {
        method: 'POST',
        path: 'auth/operator/users/bob',
        body: { password: 'from anywhere', token_policies: ['operator'] },
      }),
    ).rejects.toThrow('permission denied');
  });
});

describe('an Infisical client secret', () => {
  const login = 'kv/data/infisical/network-agent';

  it('goes straight into KV, where its consumer finds a login that works', async () => {
    const issued = await lab.backbone(['infisical', 'issue', 'network-agent', '--json'], { env });
    expect(issued, issued.stderr).toMatchObject({ exitCode: 0 });
    const { id } = JSON.parse(issued.stdout) as { id: string };
    const kept = await readKv(await connection(), login);
    const clientSecret = kept?.['universal_auth_client_secret'] ?? '';
    expect(clientSecret).not.toBe('');
    expect(issued.stdout + issued.stderr).not.toContain(clientSecret);
    const listed = await lab.backbone(['infisical', 'list', 'network-agent'], { env });
    expect(listed).toMatchObject({ exitCode: 0, stdout: expect.stringContaining(id) as string });
    const revoked = await lab.backbone(['infisical', 'revoke', id], { env });
    expect(revoked).toMatchObject({ exitCode: 0 });
    const after = await lab.backbone(['infisical', 'list', 'network-agent'], { env });
    expect(after.stdout).not.toContain(id);
  });

  it('is given out wrapped, good for one unwrap', async () => {
    const file = join(lab.paths.root, 'wrapped');
    const args = ['infisical', 'issue', 'proxmox-agent', '--wrap', file];
    expect(await lab.backbone(args, { env })).toMatchObject({ exitCode: 0 });
    expect((await stat(file)).mode & 0o777).toBe(0o600);
    const token = (await readFile(file, 'utf8')).trim();
    const unwrap = async () =>
      call(await connection(token), { method: 'POST', path: 'sys/wrapping/unwrap' });
    expect((await unwrap())?.data).toMatchObject({
      universal_auth_client_secret: expect.any(String) as string,
    });
    await expect(unwrap()).rejects.toThrow(/wrapping token/);
    const again = await lab.backbone(args, { env });
    expect(again).toMatchObject({ exitCode: 1 });
    expect(again.stderr).toContain('exists; name a new file');
  });

  it('that cannot be handed over is revoked again', async () => {
    const before = await lab.backbone(['infisical', 'list', 'proxmox-agent', '--json'], { env });
    // A token of Terraform's own identity: it may look at the metadata, and write no value.
    const powerless = { ...env, BAO_TOKEN: env['VAULT_TOKEN'] ?? '' };
    const issued = await lab.backbone(['infisical', 'issue', 'proxmox-agent'], { env: powerless });
    expect(issued).toMatchObject({ exitCode: 1 });
    expect(issued.stderr).toContain('permission denied');
    const after = await lab.backbone(['infisical', 'list', 'proxmox-agent', '--json'], { env });
    expect(after.stdout).toBe(before.stdout);
  });
});

describe('import', () => {
  it('moves an export, shows names and no value, and leaves the state of Terraform alone', async () => {
    const file = join(lab.paths.root, 'export.json');
    const canary = 'canary-import-77aa01d2';
    await writeFile(file, JSON.stringify({ MODEL_KEY: canary, OTHER: `\${x} "${canary}"\n` }));
    const run = await lab.backbone(['import', 'doppler', file, '--to', 'prod:/ai'], { env });
    expect(run, run.stderr).toMatchObject({ exitCode: 0 });
    expect(run.stdout).toContain('2 added: MODEL_KEY, OTHER');
    expect(run.stdout + run.stderr).not.toContain(canary);
    const wrong = await lab.backbone(['import', 'doppler', file, '--to', 'prod:/nowhere'], { env });
    expect(wrong).toMatchObject({ exitCode: 1 });
    const planned = await lab.backbone(['plan', 'infisical', '--json'], { env });
    expect(JSON.parse(planned.stdout)).toEqual([{ stack: 'infisical', outcome: 'no changes' }]);
    await rm(file);
  });
});

describe('while OpenBao is down', () => {
  it('says so, and comes back on its data', async () => {
    const before = await lab.record();
    const { openbao } = before.processes;
    if (openbao === undefined) throw new Error('OpenBao was not started');
    process.kill(openbao.pid, 'SIGKILL');

    const planned = await lab.backbone(['plan', '--json'], { env });
    expect(planned.exitCode).toBe(1);
    expect(JSON.parse(planned.stdout)).toMatchObject([
      { stack: 'host', outcome: 'no changes' },
      { stack: 'github-host', outcome: 'no changes' },
      { stack: 'proxy-host', outcome: 'no changes' },
      { stack: 'aws-trust', outcome: 'no changes' },
      { stack: 'openbao', outcome: 'could not' },
      { stack: 'engines', outcome: 'could not' },
      { stack: 'infisical', outcome: 'no changes' },
      { stack: 'github', outcome: 'could not' },
    ]);
    expect(planned.stderr).toContain('cannot reach OpenBao');
    expect(await lab.backbone(['doctor'], { env })).toMatchObject({ exitCode: 2 });
    expect(await lab.backbone(['lab', 'status'])).toMatchObject({ exitCode: 2 });

    const up = await lab.backbone(['lab', 'up']);
    expect(up, up.stderr).toMatchObject({ exitCode: 0 });
    const after = await lab.record();
    expect(after.ports).toEqual(before.ports);
    expect(after.processes.doubles).toEqual(before.processes.doubles);
    const again = await lab.backbone(['plan'], { env: await lab.environment() });
    expect(again, again.stderr).toMatchObject({ exitCode: 0 });
  }, 400_000);
});

describe('destroying', () => {
  it('is refused to an operator, whose way leads through policies that would go first', async () => {
    const refused = await lab.backbone(['destroy', 'openbao', '--auto-approve'], { env });
    expect(refused.exitCode).toBe(1);
    expect(refused.stderr).toContain('log in as the first identity');
  });

  it('asks, and does nothing without a terminal', async () => {
    const first = await lab.environment('--bootstrap');
    const asked = await lab.backbone(['destroy', 'openbao'], { env: first });
    expect(asked.exitCode).toBe(1);
    expect(asked.stderr).toContain(
      'vault_mount.kv: all that is in it, every version of every secret',
    );
    expect(asked.stderr).toContain('nothing was destroyed');
  });

  it('works with the first identity, which is still there afterwards', async () => {
    const first = await lab.environment('--bootstrap');
    const destroyed = await lab.backbone(['destroy', 'openbao', '--auto-approve'], { env: first });
    expect(destroyed, destroyed.stderr).toMatchObject({ exitCode: 0 });
    const bootstrap = await connection(first['BAO_TOKEN']);
    await expect(call(bootstrap, { method: 'GET', path: 'sys/mounts/kv' })).rejects.toThrow('400');
    await expect(
      call(bootstrap, { method: 'GET', path: 'auth/token/lookup-self' }),
    ).resolves.toBeDefined();
  });
});

describe('what was written and printed', () => {
  it('holds no secret value: state, plans, cdktf.out, logs, audit, output', async () => {
    const files = new Map([
      ...(await filesBelow(lab.paths.root)),
      ...(await filesBelow(lab.output)),
      ...lab.printed.map((text, index) => [`printed ${String(index)}`, text] as const),
    ]);
    // A search that cannot find anything would prove nothing.
    expect([...files.keys()].some((path) => path.endsWith('openbao.tfstate'))).toBe(true);
    expect([...files.keys()].some((path) => path.endsWith('/plan'))).toBe(true);
    const leaks = [...files].flatMap(([path, text]) =>
      marks.filter((mark) => text.includes(mark)).map((mark) => `${mark} in ${path}`),
    );
    expect(leaks).toEqual([]);
  });

  it.runIf(process.platform === 'linux')('and no command line held one', () => {
    const lines = [...lab.commandLines];
    expect(lines.some((line) => line.includes('deploy'))).toBe(true);
    expect(lines.filter((line) => marks.some((mark) => line.includes(mark)))).toEqual([]);
  });

  it("holds none of the lab's own keys outside the files that are for them", async () => {
    const material = [
      lab.paths.operatorPassword,
      lab.paths.bootstrapPassword,
      lab.paths.adapterToken,
      lab.paths.proxmoxToken,
    ];
    const secrets = await Promise.all(
      material.map(async (path) => (await readFile(path, 'utf8')).trim()),
    );
    secrets.push(env['BAO_TOKEN'] ?? '', env['VAULT_TOKEN'] ?? '');
    const files = new Map([
      ...(await filesBelow(lab.paths.root)),
      ...(await filesBelow(lab.output)),
      ...lab.printed.map((text, index) => [`printed ${String(index)}`, text] as const),
    ]);
    const leaks = [...files].flatMap(([path, text]) =>
      material.includes(path)
        ? []
        : secrets.flatMap((secret, index) =>
            text.includes(secret)
              ? [`${relative(lab.paths.root, material[index] ?? 'a token')} in ${path}`]
              : [],
          ),
    );
    expect(leaks).toEqual([]);
    const lines = [...lab.commandLines];
    expect(lines.filter((line) => secrets.some((secret) => line.includes(secret)))).toEqual([]);
  });
});
