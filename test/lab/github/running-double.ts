import { createPrivateKey, generateKeyPairSync, sign, type KeyObject } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import { startGithubDouble, type GithubDouble } from '../../../lab/github/double.ts';
import { createCa, issue } from '../../../lab/pki.ts';
import { exchange, type Incoming } from '../../../src/client/transport.ts';

/** A key of an App as GitHub gives it out: PKCS #1, 2048 bits. */
export interface AppKey {
  readonly pem: string;
  readonly publicPem: string;
}

export function appKey(): AppKey {
  const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  return {
    pem: String(privateKey.export({ type: 'pkcs1', format: 'pem' })),
    publicPem: String(publicKey.export({ type: 'spki', format: 'pem' })),
  };
}

export const app = { id: 4242, clientId: 'Iv23liLABLABLABLAB', slug: 'backbone-lab' };

/** The App as tests have it: on an organization, and on a user's account. */
export const installations = [
  {
    id: 71,
    account: 'example-org',
    kind: 'organization' as const,
    permissions: {
      ...{ contents: 'write', metadata: 'read', issues: 'write' },
      ...{ administration: 'write', secrets: 'write' },
    },
    repositories: ['homelab', 'sibling'],
    others: ['private'],
  },
  {
    id: 72,
    account: 'someone',
    kind: 'user' as const,
    permissions: { contents: 'write', metadata: 'read' },
    repositories: ['dotfiles'],
  },
];

export interface RunningDouble {
  readonly double: GithubDouble;
  readonly key: AppKey;
  readonly ca: string;
  readonly caFile: string;
  readonly directory: string;
  readonly call: (
    method: string,
    path: string,
    credential?: string,
    body?: unknown,
  ) => Promise<Answer>;
  /** A token of an installation, by the double's own key. */
  readonly mint: (installation: number, body?: unknown) => Promise<Answer>;
  readonly git: (
    args: readonly string[],
    token?: string,
  ) => Promise<{ exitCode: number; text: string }>;
  readonly stop: () => Promise<void>;
}

export interface Answer {
  readonly status: number;
  readonly headers: Incoming['headers'];
  readonly body: Record<string, unknown>;
}

export async function runGithub(key: AppKey = appKey()): Promise<RunningDouble> {
  const directory = await mkdtemp(join(tmpdir(), 'backbone-github-'));
  const ca = await createCa('Test GitHub CA');
  const tls = await issue(ca, { commonName: 'github.lab', addresses: ['127.0.0.1'] });
  const caFile = join(directory, 'ca.pem');
  await writeFile(caFile, ca.certificate);
  const double = await startGithubDouble({
    ...{ stateDir: directory, tls, app, installations },
    publicKeys: [key.publicPem],
  });
  const call: RunningDouble['call'] = async (method, path, credential, body) => {
    const { status, text, headers } = await exchange({
      url: `${double.apiUrl}${path}`,
      method,
      headers: credential === undefined ? {} : { authorization: `Bearer ${credential}` },
      body: body === undefined ? undefined : JSON.stringify(body),
      ca: ca.certificate,
      clientCertificate: undefined,
      localAddress: undefined,
      patience: 60_000,
    });
    return { status, headers, body: text === '' ? {} : (JSON.parse(text) as Answer['body']) };
  };
  return {
    ...{ double, key, ca: ca.certificate, caFile, directory, call },
    mint: (installation, body) =>
      call('POST', `/app/installations/${String(installation)}/access_tokens`, jwt(key.pem), body),
    git: async (args, token) => {
      const basic = Buffer.from(`x-access-token:${token ?? ''}`).toString('base64');
      const header =
        token === undefined ? [] : ['-c', `http.extraHeader=Authorization: Basic ${basic}`];
      const { exitCode, stdout, stderr } = await execa('git', [...header, ...args], {
        env: gitEnvironment(directory, caFile),
        extendEnv: false,
        reject: false,
        cwd: directory,
      });
      return { exitCode: exitCode ?? 1, text: `${stdout}\n${stderr}` };
    },
    stop: async () => {
      await double.close();
      await rm(directory, { recursive: true, force: true });
    },
  };
}

/** git without anything of this machine's own settings. */
export function gitEnvironment(home: string, caFile: string): Record<string, string> {
  return {
    PATH: process.env['PATH'] ?? '',
    HOME: home,
    GIT_CONFIG_NOSYSTEM: '1',
    GIT_TERMINAL_PROMPT: '0',
    GIT_SSL_CAINFO: caFile,
    GIT_AUTHOR_NAME: 'test',
    GIT_AUTHOR_EMAIL: 'test@example.net',
    GIT_COMMITTER_NAME: 'test',
    GIT_COMMITTER_EMAIL: 'test@example.net',
  };
}

/** What an App signs; each test changes one thing of it. */
export function jwt(
  pem: string | KeyObject,
  claims: Readonly<Record<string, unknown>> = {},
  header: Readonly<Record<string, unknown>> = { alg: 'RS256', typ: 'JWT' },
): string {
  const now = Math.floor(Date.now() / 1000);
  const part = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url');
  const text = `${part(header)}.${part({ iat: now - 60, exp: now + 540, iss: app.clientId, ...claims })}`;
  const key = typeof pem === 'string' ? createPrivateKey(pem) : pem;
  return `${text}.${sign('sha256', Buffer.from(text), key).toString('base64url')}`;
}
