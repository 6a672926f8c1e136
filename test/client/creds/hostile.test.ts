import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  anything,
  assert,
  asyncProperty,
  constantFrom,
  dictionary,
  oneof,
  string,
} from 'fast-check';
import { afterAll, afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { clientMain } from '../../../src/client/main.ts';

// A loaded machine is slow, and that is no finding.
vi.setConfig({ testTimeout: 120_000 });

/** Whatever stands in the environment or the contract: a refusal for people, never a stack, never a session. */
const home = mkdtempSync(join(tmpdir(), 'hostile-'));
const contractFile = join(home, 'contract.json');
const contract = {
  version: 1,
  openbao: { addresses: ['https://127.0.0.1:1'] },
  logins: {
    approle: 'auth/approle/login',
    certificate: 'auth/cert/login',
    operator: { kind: 'userpass', mount: 'operator' },
  },
  wrapTtl: { min: 1, max: 600 },
  consumers: {},
  profiles: {
    p: { role: 'tf-p', path: 'aws/sts/tf-p', region: 'us-east-2', ttl: 900, maxTtl: 3600 },
  },
  secrets: {},
};
const usual = {
  HOME: home,
  XDG_CACHE_HOME: join(home, 'cache'),
  XDG_STATE_HOME: join(home, 'state'),
  BACKBONE_STATE: join(home, 'consumer'),
  BACKBONE_CONTRACT: contractFile,
};
let said: string[];

beforeEach(() => {
  writeFileSync(contractFile, JSON.stringify(contract));
  said = [];
  const listen = (text: string | Uint8Array) => {
    said.push(String(text));
    return true;
  };
  vi.spyOn(process.stderr, 'write').mockImplementation(listen);
  vi.spyOn(process.stdout, 'write').mockImplementation(listen);
});
afterEach(() => {
  vi.restoreAllMocks();
});
afterAll(() => {
  rmSync(home, { recursive: true });
});

async function expectRefusal(args: readonly string[], env: NodeJS.ProcessEnv): Promise<void> {
  said = [];
  const status = await clientMain(args, env);
  const text = said.join('');
  expect(text, JSON.stringify(env)).not.toMatch(/bug|\n {4}at /);
  expect(text).not.toContain('AccessKeyId');
  expect(status === 1 || (status >= 41 && status <= 48), text).toBe(true);
}

const names = [
  ...['BAO_TOKEN', 'VAULT_TOKEN', 'BAO_TOKEN_FILE', 'BAO_ADDR', 'VAULT_ADDR', 'BAO_CACERT'],
  ...['BAO_ROLE_ID', 'BAO_SECRET_ID', 'BAO_SECRET_ID_FILE', 'BACKBONE_SOURCE_ADDRESS'],
] as const;
// No environment holds a NUL.
const value = oneof(
  string({ unit: 'binary', maxLength: 40 }).map((text) => text.replaceAll('\0', '')),
  constantFrom(
    ...[
      '',
      ' ',
      '\n',
      '/',
      '/dev/null',
      '/proc/self/environ',
      home,
      'https://',
      'http://127.0.0.1',
    ],
    ...['https://[::1', 'https://user:pw@127.0.0.1:1', 'hvs.x\r\nX-Evil: 1', '-'.repeat(100_000)],
  ),
);

describe('a hostile environment', () => {
  it('gives a refusal, with no server asked', async () => {
    await assert(
      asyncProperty(dictionary(constantFrom(...names), value), async (env) => {
        await expectRefusal(['creds', 'aws', 'p', '--offline'], { ...usual, ...env });
      }),
      { numRuns: 150 },
    );
  });

  it.each([
    { BAO_TOKEN: 'x', BAO_CACERT: '/dev/null' },
    { BAO_TOKEN: 'x', BAO_CACERT: contractFile },
    { BAO_TOKEN: 'x', BACKBONE_SOURCE_ADDRESS: 'nowhere' },
    { BAO_TOKEN: 'x', BAO_ADDR: 'https://127.0.0.1:1/with?query#and' },
    { BAO_TOKEN: 'x', XDG_CACHE_HOME: '/proc' },
    { BAO_TOKEN: 'x', XDG_CACHE_HOME: contractFile },
    { BAO_ROLE_ID: 'x', BAO_SECRET_ID: '"\u2028' },
  ])('gives a refusal where it comes to a connection: %j', async (env) => {
    await expectRefusal(['creds', 'aws', 'p'], { ...usual, ...env });
  });

  it.each(['../../etc/passwd', '__proto__', 'constructor', '', '\u001b[2J', '-p'])(
    'gives a refusal for the profile %j',
    async (profile) => {
      await expectRefusal(['creds', 'aws', profile, '--offline'], { ...usual, BAO_TOKEN: 'x' });
    },
  );
});

describe('a hostile contract', () => {
  it('gives a refusal', async () => {
    const keys = Object.keys(contract);
    const broken = oneof(
      anything(),
      dictionary(constantFrom(...keys), anything()).map((changed) => ({ ...contract, ...changed })),
    );
    await assert(
      asyncProperty(broken, async (content) => {
        let text: unknown;
        try {
          text = JSON.stringify(content);
        } catch {
          return;
        }
        writeFileSync(contractFile, typeof text === 'string' ? text : '');
        await expectRefusal(['creds', 'aws', 'p', '--offline'], { ...usual, BAO_TOKEN: 'x' });
      }),
      { numRuns: 150 },
    );
  });
});
