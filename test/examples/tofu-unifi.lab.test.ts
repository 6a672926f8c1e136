import { X509Certificate } from 'node:crypto';
import { chmod, cp, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { execa } from 'execa';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createCa, issue } from '../../lab/pki.ts';
import { renderAcl } from '../../policies/openbao/acl.ts';
import { consumerAcl } from '../../policies/openbao/consumer.ts';
import type { Name, SecretPath } from '../../src/config/brands.ts';
import { startUnifiDouble, type UnifiDouble } from '../../lab/unifi/double.ts';
import { createKey } from '../../src/rotation/private-api.ts';
import { signIn } from '../../src/rotation/session.ts';
import { terraform } from '../../lab/parts/terraform.ts';
import { filesBelow } from '../lab/running-lab.ts';
import { mirrorOf, realProvider, standInMirror } from '../lab/vault-provider/mirrors.ts';
import { TestServer } from '../lab/vault-provider/server.ts';

const example = fileURLToPath(new URL('../../examples/tofu-unifi', import.meta.url));
/** As the stack `openbao` gives it to whoever is granted the secret. */
const policy = renderAcl(
  consumerAcl({
    name: 'network-agent' as Name,
    grants: [
      {
        ...{ kind: 'secret', secret: 'unifi/tofu-key' as SecretPath, rung: 2 },
        ...{ path: 'kv/data/unifi/tofu-key', fields: ['api_key'], variables: {} },
      },
    ],
  }),
);

let directory: string;
let bao: TestServer;
let unifi: UnifiDouble;
let mirror: string;
let env: Record<string, string>;
/** The API key: made by the double, so it is random, and searched for in what Terraform leaves. */
let key: string;

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'tofu-unifi-'));
  const ca = await createCa('example');
  const tls = await issue(ca, { commonName: 'unifi', addresses: ['127.0.0.1'] });
  await writeFile(join(directory, 'ca.pem'), ca.certificate);
  const admin = { name: 'tofu', password: 'the-password-of-tofu', role: 'admin' } as const;
  const stateDir = join(directory, 'unifi');
  unifi = await startUnifiDouble({ kind: 'os', stateDir, accounts: [admin], tls });
  const pin = new X509Certificate(tls.certificate).fingerprint256.replaceAll(':', '').toLowerCase();
  const console = {
    controller: unifi.url,
    kind: 'os',
    site: 'default',
    certificateSha256: pin,
  } as const;
  const session = await signIn(console, admin.name, admin.password);
  if (session === undefined) throw new Error('tofu cannot sign in');
  ({ key } = await createKey(session, 'example'));

  bao = await TestServer.start();
  await bao.call('POST', 'sys/mounts/kv', { type: 'kv', options: { version: '2' } });
  for (let attempt = 0; attempt < 600; attempt += 1) {
    const { status } = await bao.call('POST', 'kv/data/unifi/tofu-key', { data: { api_key: key } });
    if (status < 300) break;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  await bao.call('POST', 'sys/policies/acl/consumer', { policy });
  const made = await bao.call('POST', 'auth/token/create', {
    policies: ['consumer'],
    no_default_policy: true,
  });
  const { client_token } = (made.body as { auth: { client_token: string } }).auth;
  const real = await realProvider();
  mirror = real === undefined ? await standInMirror() : await mirrorOf(real);
  await writeFile(
    join(directory, 'terraform.rc'),
    `provider_installation {\n  filesystem_mirror {\n    path = ${JSON.stringify(mirror)}\n  }\n}\n`,
  );
  env = {
    PATH: process.env['PATH'] ?? '',
    HOME: directory,
    TMPDIR: process.env['TMPDIR'] ?? tmpdir(),
    TF_CLI_CONFIG_FILE: join(directory, 'terraform.rc'),
    CHECKPOINT_DISABLE: '1',
    TF_IN_AUTOMATION: '1',
    VAULT_ADDR: bao.address,
    VAULT_CACERT: bao.caFile,
    VAULT_TOKEN: client_token,
    TF_VAR_unifi_controller: unifi.url,
    TF_VAR_unifi_ca_file: join(directory, 'ca.pem'),
  };
});

afterAll(async () => {
  await unifi.close();
  await bao.stop();
  await rm(mirror, { recursive: true, force: true });
  await rm(directory, { recursive: true, force: true });
});

describe.each([
  ['ephemeral', false],
  ['data-source', true],
] as const)('the example %s', (name, inState) => {
  let place: string;
  let outputs: string[];

  const run = async (...args: readonly string[]) => {
    const { path } = await terraform(() => undefined);
    const { exitCode, stdout, stderr } = await execa(path, [...args], {
      ...{ cwd: join(place, name), env, extendEnv: false, reject: false, stdin: 'ignore' },
    });
    outputs.push(stdout, stderr);
    return { exitCode, said: stdout + stderr };
  };

  beforeEach(async () => {
    outputs = [];
    place = join(directory, 'examples', name);
    await rm(place, { recursive: true, force: true });
    await cp(example, place, { recursive: true });
    const initialised = await run('init', '-no-color', '-input=false');
    expect(initialised, initialised.said).toMatchObject({ exitCode: 0 });
  });

  it(`uses the key at the console, and has it ${inState ? 'in its state' : 'in no file'}`, async () => {
    const before = unifi.requests.length;
    const planned = await run('plan', '-no-color', '-input=false', '-out=plan');
    expect(planned, planned.said).toMatchObject({ exitCode: 0 });
    const applied = await run('apply', '-no-color', '-input=false', 'plan');
    expect(applied, applied.said).toMatchObject({ exitCode: 0 });
    expect(unifi.requests.slice(before)).toEqual(['GET /proxy/network/api/s/default/stat/health']);

    const files = await filesBelow(place);
    const holding = [...files].flatMap(([file, text]) => (text.includes(key) ? [file] : []));
    const state = join(place, name, 'terraform.tfstate');
    expect([...files.keys()]).toContain(state);
    if (inState) expect(holding).toContain(state);
    else expect(holding).toEqual([]);
    expect(outputs.join('\n')).not.toContain(key);
  });

  it('fails where the console does not take the key, and does not show it', async () => {
    const wrong = 'a-key-that-was-deleted-5f2e';
    await bao.call('POST', 'kv/data/unifi/tofu-key', { data: { api_key: wrong } });
    const applied = await run('apply', '-no-color', '-input=false', '-auto-approve');
    await bao.call('POST', 'kv/data/unifi/tofu-key', { data: { api_key: key } });
    expect(applied.exitCode).toBe(1);
    expect(applied.said).toContain('401');
    expect(applied.said).not.toContain(wrong);
  });
});

it('the form by the environment gives the command all four names, and nothing on its command line', async () => {
  const fake = join(directory, 'bin');
  await mkdir(fake, { recursive: true });
  // Stands for `bao kv get -field=...`: it says which field it was asked for.
  await writeFile(join(fake, 'bao'), '#!/bin/sh\nprintf "%s of %s" "$4" "$5"\n');
  await chmod(join(fake, 'bao'), 0o755);
  const { stdout } = await execa(join(example, 'env.sh'), ['env'], {
    env: { PATH: `${fake}:${process.env['PATH'] ?? ''}` },
    extendEnv: false,
  });
  expect(
    stdout
      .split('\n')
      .filter((line) => line.startsWith('UNIFI_'))
      .sort(),
  ).toEqual([
    'UNIFI_API=-field=api of unifi/tofu',
    'UNIFI_API_KEY=-field=api_key of unifi/tofu-key',
    'UNIFI_PASSWORD=-field=password of unifi/tofu',
    'UNIFI_USERNAME=-field=username of unifi/tofu',
  ]);
});
