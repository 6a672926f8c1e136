import { createHash } from 'node:crypto';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { writeSecret } from '../../../src/infisical/secrets.ts';
import { tenant } from '../../infisical/tenant.ts';
import { addresses, deploy, type Deployed } from '../deployed.ts';
import { ledgerOf } from '../acts.ts';

/**
 * The whole way of a model key into an agent: `launch` on its host, an engine, `run` in the container, Infisical.
 * The agent's login of Infisical lies in the same path of KV as another secret of its.
 */
const consumer = 'terraform-agent';
const secret = 'unifi/tofu';
const login = 'infisical/terraform-agent';
const key = 'canary-model-key-4f0a"${x}';
const engine = fileURLToPath(new URL('./container-engine.mjs', import.meta.url));

const at = tenant({}, `${addresses[consumer]}/32`);

let deployed: Deployed;
let memory: string;
let image: string;
let home: string;
let clientSecret: string;
beforeAll(async () => {
  deployed = await deploy();
  memory = await mkdtemp('/dev/shm/backbone-test-');
  ({ clientSecret } = await at().mint());
  const folder = { projectId: at().projectId, environment: 'prod', path: '/ai' };
  await writeSecret(at().admin, folder, { name: 'MODEL_API_KEY', value: key, exists: false });
  await deployed.admin('POST', `kv/data/${secret}`, {
    options: { cas: 1 },
    data: {
      password: 'canary-password-77',
      id: at().clientId,
      key: clientSecret,
      project: at().projectId,
    },
  });
  const contract = await deployed.contractFile(consumer, (made) => {
    const own = made.consumers[consumer];
    if (own === undefined) throw new Error('this is not its contract');
    const { siteUrl, ca = '' } = at().place;
    const path = `kv/data/${secret}`;
    const infisical = {
      siteUrl,
      caCertificate: ca,
      login: { secret: login, clientId: 'id', clientSecret: 'key', projectId: 'project' },
      grants: [{ environment: 'prod', path: '/ai' }],
    };
    return {
      ...made,
      consumers: {
        [consumer]: { ...own, infisical, grants: { profiles: [], secrets: [secret, login] } },
      },
      secrets: {
        [secret]: { path, variables: { password: 'UNIFI_PASSWORD' } },
        [login]: {
          path,
          variables: { id: 'LOGIN_ID', key: 'LOGIN_KEY', project: 'LOGIN_PROJECT' },
        },
      },
    };
  });
  home = await deployed.home();
  const inside = await deployed.home();
  const { env } = await deployed.environment({
    home: inside,
    localAddress: addresses[consumer],
    env: {
      BACKBONE_CONTRACT: contract,
      BACKBONE_SEED: '/nonexistent',
      XDG_RUNTIME_DIR: memory,
    },
  });
  image = join(deployed.directory, 'image.json');
  await writeFile(image, JSON.stringify({ env }));
});
afterAll(async () => {
  await deployed.stop();
  await rm(memory, { recursive: true, force: true });
});

/** In the container: tells what it has by hash, and who shows any of the canaries to `ps`. */
const agent = `
  const { readdirSync, readFileSync } = require('node:fs');
  const { createHash } = require('node:crypto');
  const env = process.env;
  const shown = readdirSync('/proc').filter((pid) => /^[0-9]+$/.test(pid)).filter((pid) => {
    try { return readFileSync('/proc/' + pid + '/cmdline', 'utf8').includes(env.MODEL_API_KEY); }
    catch { return false; }
  });
  console.log(JSON.stringify({
    hash: createHash('sha256').update(env.MODEL_API_KEY).digest('hex'),
    names: Object.keys(env),
    shown,
  }));
`;

/** Every file below, whose text holds it. */
async function holding(directory: string, text: string): Promise<readonly string[]> {
  const files = await readdir(directory, { recursive: true, withFileTypes: true });
  const found: string[] = [];
  for (const file of files.filter((entry) => entry.isFile())) {
    const path = join(file.parentPath, file.name);
    if ((await readFile(path, 'utf8')).includes(text)) found.push(path);
  }
  return found;
}

describe('a launched container', () => {
  it('gets its model key at its start, and it is seen nowhere else', async () => {
    const record = join(home, 'engine.jsonl');
    const { file } = await deployed.environment({ home });
    const inside = [process.execPath, file, 'run', '--wait', '0', '--infisical', 'env', '--'];
    const names = ['BAO_WRAPPED_SECRET_ID', 'BAO_ROLE_ID', 'BAO_SECRET_ID_ACCESSOR'];
    const done = await deployed.bundle(
      [
        ...['launch', consumer, '--wait', '10m', '--', process.execPath, engine, record],
        ...['run', '--rm', ...names.flatMap((name) => ['-e', name]), image],
        ...[...inside, process.execPath, '-e', agent],
      ],
      {
        home,
        localAddress: addresses.issuer,
        env: {
          BAO_TOKEN: await deployed.tokenOf('secret-id-issuer'),
          CANARY: 'canary-of-the-host',
        },
      },
    );
    expect(done.exitCode, done.stderr).toBe(0);
    expect(done.stderr).toContain(`${consumer} has arrived`);
    expect((await ledgerOf(home)).at(-1)).toMatchObject({ event: 'arrived' });
    const seen = JSON.parse(done.stdout) as {
      readonly hash: string;
      readonly names: readonly string[];
      readonly shown: readonly string[];
    };
    expect(seen.hash).toBe(createHash('sha256').update(key).digest('hex'));
    expect(seen.shown).toEqual([]);
    expect(seen.names).toContain('UNIFI_PASSWORD');
    for (const name of [...names, 'CANARY', 'INFISICAL_TOKEN', 'LOGIN_KEY', 'BAO_TOKEN']) {
      expect(seen.names).not.toContain(name);
    }
    const printed = done.stdout + done.stderr + (await readFile(record, 'utf8'));
    const part = 'canary-model-key-4f0a';
    for (const canary of [part, clientSecret, 'canary-password-77']) {
      expect(printed).not.toContain(canary);
      // Homes of host and container, OpenBao's audit log, and the journal of Infisical.
      expect(await holding(deployed.directory, canary)).toEqual([]);
      expect(
        await readFile(join(at().server.directory, 'state/journal.jsonl'), 'utf8'),
      ).not.toContain(canary);
    }
    expect(await readdir(memory)).toEqual([]);
  });

  it('is searched by a check that can fail', async () => {
    const planted = join(home, 'planted');
    await writeFile(planted, key);
    expect(await holding(deployed.directory, 'canary-model-key-4f0a')).toEqual([planted]);
  });
});
