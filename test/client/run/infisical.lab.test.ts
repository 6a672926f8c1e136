import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { basename } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Fault } from '../../../lab/infisical/double.ts';
import { readSecrets, writeSecret } from '../../../src/infisical/secrets.ts';
import type { Contract } from '../../../src/contract/contract.ts';
import { tenant } from '../../infisical/tenant.ts';
import { fileOf, issue } from '../bootstrap/delivering.ts';
import { addresses, deploy, type Deployed } from '../deployed.ts';

/** The consumer, one of whose secrets in OpenBao is its login: here the same path of KV under another name. */
const consumer = 'grafana';
const secret = 'grafana/admin';
const login = 'infisical/grafana';
const variables = { id: 'LOGIN_ID', key: 'LOGIN_KEY', project: 'LOGIN_PROJECT' };

let fault: ((path: string) => Fault | undefined) | undefined;
const at = tenant({ fault: ({ path }) => fault?.(path) }, `${addresses[consumer]}/32`);
const folder = (path = '/ai') => ({ projectId: at().projectId, environment: 'prod', path });

let deployed: Deployed;
let home: string;
/** On tmpfs, as the service's own directory below /run would be. */
let memory: string;
let clientSecret: string;
beforeAll(async () => {
  deployed = await deploy();
  memory = await mkdtemp('/dev/shm/backbone-test-');
  ({ clientSecret } = await at().mint());
  await deployed.admin('POST', `kv/data/${secret}`, {
    // The set-up wrote the first version.
    options: { cas: 1 },
    data: {
      password: 'canary-password',
      id: at().clientId,
      key: clientSecret,
      project: at().projectId,
    },
  });
  await writeSecret(at().admin, folder(), { name: 'AI_KEY', value: 'a${B}"\n', exists: false });
  await writeSecret(at().admin, folder('/apps'), { name: 'OTHER', value: '1', exists: false });
  home = await deployed.home();
  const delivered = await fileOf(deployed, await issue(deployed, consumer));
  const first = await run(['--token-file', delivered, '--infisical', 'off', '--', 'true']);
  expect(first.exitCode, first.stderr).toBe(0);
});
afterAll(async () => {
  await deployed.stop();
  await rm(memory, { recursive: true, force: true });
});

type Change = Partial<NonNullable<Contract['consumers'][string]['infisical']>>;

/** With a contract in which the consumer has Infisical. */
async function options(change: Change = {}) {
  const contract = await deployed.contractFile(consumer, (made) => {
    const own = made.consumers[consumer];
    if (own === undefined) throw new Error('this is not its contract');
    const { siteUrl, ca = '' } = at().place;
    const grants = [{ environment: 'prod', path: '/ai' }];
    const infisical = {
      siteUrl,
      caCertificate: ca,
      login: { secret: login, clientId: 'id', clientSecret: 'key', projectId: 'project' },
      grants,
      ...change,
    };
    const path = `kv/data/${secret}`;
    return {
      ...made,
      consumers: {
        [consumer]: {
          ...own,
          infisical,
          grants: { profiles: ['audit'], secrets: [secret, login] },
        },
      },
      profiles: {
        audit: {
          role: 'tf-audit',
          path: 'aws/sts/tf-audit',
          region: 'us-east-2',
          ttl: 900,
          maxTtl: 3600,
        },
      },
      secrets: {
        [secret]: { path, variables: { password: 'GRAFANA_PASSWORD' } },
        [login]: { path, variables },
      },
    };
  });
  return {
    home,
    localAddress: addresses[consumer],
    env: {
      BACKBONE_CONTRACT: contract,
      BACKBONE_SEED: '/nonexistent',
      INFISICAL_UNIVERSAL_AUTH_CLIENT_SECRET: 'canary-of-the-shell',
      XDG_RUNTIME_DIR: memory,
    },
  };
}

const run = async (args: readonly string[], change: Change = {}) =>
  deployed.bundle(['run', '--wait', '0', ...args], await options(change));

const show = ['--', process.execPath, '-e', 'console.log(JSON.stringify(process.env))'];
const shown = ({ stdout }: { readonly stdout: string }) =>
  JSON.parse(stdout) as Readonly<Record<string, string>>;

describe('Infisical in run', () => {
  it('is an access token for its tools, dead when the command has ended', async () => {
    const outcome = await run(show);
    expect(outcome.exitCode, outcome.stderr).toBe(0);
    const env = shown(outcome);
    expect(env['INFISICAL_PROJECT_ID']).toBe(at().projectId);
    expect(env['INFISICAL_API_URL']).toBe(`${at().place.siteUrl}/api`);
    const used = {
      ...at().place,
      localAddress: addresses[consumer],
      token: env['INFISICAL_TOKEN'],
    };
    await expect(readSecrets(used, folder())).rejects.toThrow(/401/);
  });

  it('lives as long as the command, reads the granted folder and not its neighbour', async () => {
    const program = `
      const { request } = require('node:https');
      const read = (path) => new Promise((resolve) => request(
        process.env.INFISICAL_API_URL + '/v4/secrets?' + new URLSearchParams({
          projectId: process.env.INFISICAL_PROJECT_ID, environment: 'prod', secretPath: path,
        }),
        {
          ca: process.argv[1],
          localAddress: '${addresses[consumer]}',
          headers: { Authorization: 'Bearer ' + process.env.INFISICAL_TOKEN },
        },
        (answer) => { answer.resume(); answer.on('end', () => resolve(answer.statusCode)); },
      ).end());
      (async () => console.log(await read('/ai'), await read('/apps')))();
    `;
    const outcome = await run(['--', process.execPath, '-e', program, '--', at().place.ca ?? '']);
    expect(outcome.stdout.trim(), outcome.stderr).toBe('200 403');
  });

  it('has a token in a file that outlives the one in the environment', async () => {
    const { call, identityId, place } = at();
    const auth = `v1/auth/universal-auth/identities/${identityId}`;
    // Of seconds, so that it ends while the command runs; without a limit, as the command asks until it has.
    await call('PATCH', auth, { accessTokenTTL: 6, accessTokenNumUsesLimit: 0 });
    const program = `
      const { readFileSync } = require('node:fs');
      const { request } = require('node:https');
      const read = (token) => new Promise((resolve) => request(
        process.env.INFISICAL_API_URL + '/v4/secrets?' + new URLSearchParams({
          projectId: process.env.INFISICAL_PROJECT_ID, environment: 'prod', secretPath: '/ai',
        }),
        {
          ca: process.argv[1],
          localAddress: '${addresses[consumer]}',
          headers: { Authorization: 'Bearer ' + token },
        },
        (answer) => { answer.resume(); answer.on('end', () => resolve(answer.statusCode)); },
      ).end());
      const kept = () => readFileSync(process.env.INFISICAL_TOKEN_FILE, 'utf8').trim();
      (async () => {
        while (await read(process.env.INFISICAL_TOKEN) === 200) await new Promise((r) => setTimeout(r, 100));
        while (await read(kept()) !== 200) await new Promise((r) => setTimeout(r, 100));
        console.log(kept());
      })();
    `;
    const command = [process.execPath, '-e', program, '--', place.ca ?? ''];
    const outcome = await run(['--', ...command]).finally(() =>
      call('PATCH', auth, { accessTokenTTL: 900, accessTokenNumUsesLimit: 100 }),
    );
    expect(outcome.exitCode, outcome.stderr).toBe(0);
    const last = { ...place, localAddress: addresses[consumer], token: outcome.stdout.trim() };
    await expect(readSecrets(last, folder())).rejects.toThrow(/40[13]/);
  });

  it('is the granted secrets byte for byte where that is asked for, and no token', async () => {
    const outcome = await run(['--infisical', 'env', ...show]);
    expect(outcome.exitCode, outcome.stderr).toBe(0);
    const env = shown(outcome);
    expect(env['AI_KEY']).toBe('a${B}"\n');
    expect(env).not.toHaveProperty('OTHER');
    expect(env).not.toHaveProperty('INFISICAL_TOKEN');
  });

  it.each(['token', 'env', 'off'])('never shows the login itself (%s)', async (how) => {
    const outcome = await run(['--infisical', how, ...show]);
    expect(outcome.exitCode, outcome.stderr).toBe(0);
    for (const text of [outcome.stdout, outcome.stderr]) {
      expect(text).not.toContain(clientSecret);
      expect(text).not.toContain('canary-of-the-shell');
    }
    // Its variables are those of the login's secret: none of them is the child's.
    for (const name of Object.values(variables)) expect(shown(outcome)).not.toHaveProperty(name);
    expect(shown(outcome)['GRAFANA_PASSWORD']).toBe('canary-password');
  });

  it('starts nothing where Infisical refuses, and says why without a secret', async () => {
    const outcome = await run(['--infisical', 'env', ...show], {
      grants: [{ environment: 'prod', path: '/apps' }],
    });
    expect(outcome).toMatchObject({ exitCode: 1, stdout: '' });
    expect(outcome.stderr).toContain('refused GET /api/v4/secrets: 403');
    expect(outcome.stderr).not.toContain(clientSecret);
  });

  it('gives all up where the command cannot be started: the sockets of AWS first, then the token', async () => {
    const revoking = new Promise<void>((resolve) => {
      fault = (path) => {
        if (path !== 'v1/auth/token/revoke') return undefined;
        resolve();
        // So that it can be looked at while it waits.
        return { kind: 'hang' };
      };
    });
    const { process: started } = await deployed.started(
      ['run', '--wait', '0', '--', '/no/such/command'],
      await options(),
    );
    await revoking;
    const files = await readdir(memory, { recursive: true });
    started.kill('SIGKILL');
    await started;
    fault = undefined;
    // The configuration that names the socket is there, as the directory goes last.
    expect(files.map((file) => basename(file))).toContain('config');
    expect(files.map((file) => basename(file))).not.toContain('s0');
  });

  it('starts nothing where two want one variable', async () => {
    await writeSecret(at().admin, folder(), {
      name: 'GRAFANA_PASSWORD',
      value: '1',
      exists: false,
    });
    const outcome = await run(['--infisical', 'env', ...show]);
    expect(outcome).toMatchObject({ exitCode: 1, stdout: '' });
    expect(outcome.stderr).toContain('want the variable GRAFANA_PASSWORD');
  });

  it('refuses another word', async () => {
    const outcome = await run(['--infisical', 'both', '--', 'true']);
    expect(outcome.stderr).toContain('--infisical takes one of token, env, off');
  });
});
