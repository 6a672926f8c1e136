import { randomBytes, X509Certificate } from 'node:crypto';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import { createCa, issue } from '../../lab/pki.ts';
import { startUnifiDouble, type UnifiDouble } from '../../lab/unifi/double.ts';
import { consumerAcl } from '../../policies/openbao/consumer.ts';
import { renderAcl } from '../../policies/openbao/acl.ts';
import { buildClient } from '../../src/bundle/client.ts';
import { resolveBackbone, type Backbone } from '../../src/model/backbone.ts';
import { resolveContract } from '../../src/model/contract.ts';
import { works, type Fields } from '../../src/rotation/credential.ts';
import { keyName } from '../../src/rotation/api-key.ts';
import { declare, input, type DeclarationInput } from '../fixtures/declaration.ts';
import { TestServer } from '../lab/vault-provider/server.ts';
import { Interceptor } from './interceptor.ts';

export interface Ran {
  readonly exitCode: number | undefined;
  readonly stdout: string;
  readonly stderr: string;
}

/** A real OpenBao, doubles of both kinds of controller, and the client as it is shipped. */
export interface Place {
  readonly bao: TestServer;
  readonly console: UnifiDouble;
  readonly classic: UnifiDouble;
  readonly interceptor: Interceptor;
  readonly backbone: Backbone;
  /** Policy of the identity that may rotate. */
  readonly policy: string;
  /** Journal and lock of the rotating host. */
  readonly state: string;
  /** `backbone rotate unifi ...` as the consumer that may rotate, and no more than that. */
  readonly rotate: (args?: readonly string[], options?: RotateOptions) => Promise<Ran>;
  /** The same, to be killed. */
  readonly start: (args?: readonly string[], options?: RotateOptions) => Started;
  readonly write: (secret: string, fields: Fields) => Promise<void>;
  readonly read: (secret: string) => Promise<{ fields: Fields; version: number } | undefined>;
  /** Whether the controller takes what KV holds now. */
  readonly isGood: (secret: string) => Promise<boolean>;
  readonly goodFields: (secret: string, fields: Fields) => Promise<boolean>;
  /** Names of the API keys of a secret at the console. */
  readonly keysOf: (secret: string) => readonly string[];
  /** What a rotation left in KV and on the disk. */
  readonly leftovers: (secret: string) => Promise<readonly string[]>;
  /** As the identity that may rotate. */
  readonly asRotator: (method: string, path: string, body?: unknown) => Promise<number>;
  readonly stop: () => Promise<void>;
}

export interface RotateOptions {
  readonly env?: Readonly<Record<string, string>>;
  /** Journal and lock of another host. */
  readonly state?: string;
}

export interface Started {
  readonly kill: () => Promise<void>;
  readonly ended: Promise<Ran>;
}

export const passwords = {
  rotation: randomBytes(12).toString('hex'),
  tofu: randomBytes(12).toString('hex'),
  exporter: randomBytes(12).toString('hex'),
};

const owned = { rung: 2, owner: 'network', rotateEvery: '90d' } as const;

export async function place(): Promise<Place> {
  const directory = await mkdtemp(join(tmpdir(), 'rotation-'));
  const ca = await createCa('rotation test');
  const tls = await issue(ca, { commonName: 'test', addresses: ['127.0.0.1'] });
  const bao = await TestServer.start();
  const accounts = [
    { name: 'rotation', password: passwords.rotation, role: 'admin', isSuper: true },
    { name: 'tofu', password: passwords.tofu, role: 'admin' },
    { name: 'exporter', password: passwords.exporter, role: 'readonly' },
  ] as const;
  const double = (kind: 'os' | 'classic') =>
    startUnifiDouble({ kind, accounts, tls, stateDir: join(directory, kind) });
  const console = await double('os');
  const classic = await double('classic');
  const interceptor = Interceptor.of(tls);
  const controllers = {
    os: await interceptor.before(console.url),
    classic: await interceptor.before(classic.url),
  };
  const openbaoAddress = await interceptor.before(bao.address);
  const certificateSha256 = new X509Certificate(tls.certificate).fingerprint256
    .replaceAll(':', '')
    .toLowerCase();

  const account = (
    kind: 'os' | 'classic',
    admin: string,
    login?: string,
    as: 'password' | 'api-key' = 'password',
  ) => ({
    ...owned,
    fields: as === 'password' ? ['username', 'password', 'note'] : ['api_key', 'note'],
    unifi: {
      ...{ controller: controllers[kind], kind, account: as, admin, certificateSha256 },
      ...(login === undefined ? {} : { login }),
    },
  });
  const secrets: DeclarationInput['secrets'] = {
    'unifi/rotation': account('os', 'rotation'),
    'unifi/tofu': account('os', 'tofu'),
    'unifi/tofu-key': account('os', 'tofu', 'unifi/tofu', 'api-key'),
    'unifi/exporter': account('os', 'exporter', 'unifi/rotation'),
    'classic/rotation': account('classic', 'rotation'),
    'classic/exporter': account('classic', 'exporter', 'classic/rotation'),
  };
  const backbone = resolveBackbone(
    declare({
      openbao: { ...input.openbao, address: openbaoAddress },
      secrets,
      consumers: {
        ...input.consumers,
        rotator: {
          kind: 'agent',
          from: ['192.0.2.90/32'],
          grants: Object.keys(secrets).map((rotate) => ({ rotate })),
          token: { ttl: '15m', maxTtl: '1h' },
          secretIdTtl: '10m',
        },
      },
    }),
  );
  const rotator = backbone.consumers.find(({ name }) => name === 'rotator');
  if (rotator === undefined) throw new Error('no rotator');

  const admin = async (method: string, path: string, body?: unknown) => {
    const reply = await bao.call(method, path, body);
    if (reply.status >= 300) throw new Error(`${path}: ${JSON.stringify(reply.body)}`);
    return reply.body as Record<string, unknown>;
  };
  await admin('POST', 'sys/mounts/kv', { type: 'kv', options: { version: '2' } });
  await configured(bao);
  for (const { metadataPath, metadata } of backbone.secrets) {
    await admin('POST', metadataPath, { custom_metadata: metadata });
  }
  const policy = renderAcl(consumerAcl(rotator));
  await admin('POST', 'sys/policies/acl/rotator', { policy });
  const made = await admin('POST', 'auth/token/create', {
    policies: ['rotator'],
    no_default_policy: true,
  });
  const token = (made['auth'] as { client_token: string }).client_token;

  const bundle = join(directory, 'client.cjs');
  await buildClient(bundle);
  const contract = join(directory, 'contract.json');
  await writeFile(contract, JSON.stringify(resolveContract(backbone, ca.certificate, rotator)));
  const state = join(directory, 'state');

  const start: Place['start'] = (args = [], options = {}) => {
    const child = execa(process.execPath, [bundle, 'rotate', 'unifi', ...args], {
      env: {
        PATH: process.env['PATH'] ?? '',
        HOME: directory,
        BACKBONE_CONTRACT: contract,
        BACKBONE_STATE: options.state ?? state,
        BAO_TOKEN: token,
        ...options.env,
      },
      extendEnv: false,
      stdin: 'ignore',
      reject: false,
    });
    return {
      kill: async () => {
        child.kill('SIGKILL');
        await child;
      },
      ended: child.then(({ exitCode, stdout, stderr }) => ({ exitCode, stdout, stderr })),
    };
  };
  const data = (secret: string) => `kv/data/${secret}`;
  const read: Place['read'] = async (secret) => {
    const found = await bao.data(data(secret));
    if (found === undefined) return undefined;
    const { version } = found['metadata'] as { version: number };
    return { fields: found['data'] as Fields, version };
  };
  const goodFields: Place['goodFields'] = (secret, fields) => {
    const { rotation } = backbone.secrets.find(({ path }) => path === secret) ?? {};
    if (rotation === undefined) throw new Error(`${secret} is not rotated`);
    // Past the interceptor, which counts only what the client asks.
    const controller = rotation.kind === 'os' ? console.url : classic.url;
    return works(
      { ...rotation, certificateSha256, controller },
      { ...rotation, certificateSha256 },
      fields,
    );
  };
  return {
    ...{ bao, console, classic, interceptor, backbone, policy, start, read, goodFields },
    state: join(state, 'rotation'),
    rotate: (args, options) => start(args, options).ended,
    write: async (secret, fields) => {
      const version = (await read(secret))?.version ?? 0;
      await admin('POST', data(secret), { data: fields, options: { cas: version } });
    },
    isGood: async (secret) => {
      const now = await read(secret);
      return now !== undefined && (await goodFields(secret, now.fields));
    },
    keysOf: (secret) =>
      console
        .state()
        .keys.map(({ name }) => name)
        .filter((name) => name.startsWith(keyName(secret))),
    leftovers: async (secret) => {
      const pending = await bao.call('GET', `kv/metadata/${secret}/pending`);
      const files = await readdir(join(state, 'rotation')).catch(() => []);
      return [
        ...(pending.status === 404 ? [] : [`${secret}/pending`]),
        // A new one is begun by the next run; a lock is left by a kill and cleared by it.
        ...files.filter((file) => file.endsWith('.json')),
      ];
    },
    asRotator: async (method, path, body) => (await bao.call(method, path, body, token)).status,
    stop: async () => {
      await interceptor.close();
      await console.close();
      await classic.close();
      await bao.stop();
      await rm(directory, { recursive: true, force: true });
    },
  };
}

/** A KV-v2 mount is made ready shortly after it answers. */
async function configured(bao: TestServer): Promise<void> {
  for (let attempt = 0; attempt < 600; attempt += 1) {
    const { status } = await bao.call('POST', 'kv/config', { cas_required: true });
    if (status < 300) return;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error('the KV engine does not become ready');
}

/** Everything that stands in a directory. */
export async function textBelow(directory: string): Promise<string> {
  const texts: string[] = [];
  for (const entry of await readdir(directory, { recursive: true, withFileTypes: true })) {
    if (entry.isFile()) texts.push(await readFile(join(entry.parentPath, entry.name), 'utf8'));
  }
  return texts.join('\n');
}
