import { mkdir, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { execa } from 'execa';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { onPath } from '../../../src/terraform/binary.ts';
import { labOfItsOwn, type RunningLab } from '../../lab/running-lab.ts';

const script = fileURLToPath(
  new URL('../../../ansible/roles/openbao/files/openbao-recovery-keys.py', import.meta.url),
);
const can = (await onPath('gpg')) !== undefined;
if (!can) process.stderr.write('SKIPPED: recovery keys for PGP recipients: no gpg on PATH\n');

interface Kept {
  readonly recipient: string;
  readonly encrypted: string;
}

/** Those for age recipients are made, and used, on a real host: host.nightly.test.ts. */
describe.runIf(can)('recovery keys for PGP recipients', () => {
  let directory: string;
  let lab: RunningLab;
  let environment: Record<string, string>;
  const holders = ['ada', 'bob', 'eve'];
  const home = () => join(directory, 'gnupg');
  const gpg = (args: readonly string[], input: Buffer | string = '') =>
    execa('gpg', ['--homedir', home(), '--batch', '--quiet', '--trust-model', 'always', ...args], {
      ...{ input, encoding: 'buffer', stderr: 'pipe' },
    });
  const text = (output: Uint8Array) => Buffer.from(output).toString('utf8');
  const bao = async (method: string, path: string, body: unknown = {}) => {
    const curl = `curl --silent --cacert "$BAO_CACERT" --header @<(echo "X-Vault-Token: $BAO_TOKEN") \
      --request ${method} --data @- "$BAO_ADDR/v1/${path}"`;
    const input = JSON.stringify(body);
    const { stdout } = await execa('bash', ['-c', curl], { env: environment, input });
    const { data = {} } = JSON.parse(stdout === '' ? '{}' : stdout) as {
      data?: Record<string, string | number | boolean>;
    };
    return data;
  };
  const make = async (recipients: readonly string[], result = 'recovery-keys.json') => {
    const { BAO_ADDR = '', BAO_CACERT = '' } = environment;
    const files = [lab.paths.bootstrapPassword, join(directory, result)];
    return execa('python3', [script, BAO_ADDR, BAO_CACERT, ...files], {
      ...{ input: JSON.stringify({ recipients, threshold: 2 }), reject: false },
    });
  };
  const publicKeys = () =>
    Promise.all(
      holders.map(async (name) => text((await gpg(['--armor', '--export', name])).stdout)),
    );

  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), 'recovery-'));
    await mkdir(home(), { mode: 0o700 });
    for (const name of holders) {
      const uid = `${name}@example.net`;
      await gpg(['--passphrase', '', '--quick-generate-key', uid, 'default', 'default', 'never']);
    }
    lab = await labOfItsOwn();
    const up = await lab.backbone(['lab', 'up']);
    expect(up, up.stderr).toMatchObject({ exitCode: 0 });
    environment = await lab.environment('--bootstrap');
  });
  afterAll(async () => {
    await lab.remove();
    await execa('gpgconf', ['--homedir', home(), '--kill', 'all'], { reject: false });
    await rm(directory, { recursive: true, force: true });
  });

  it('refuses what is no key, and makes none', async () => {
    const [first = '', second = ''] = await publicKeys();
    const refused = await make([first, second, 'nonsense']);
    expect(refused.exitCode).toBe(1);
    expect(refused.stderr).toContain('sys/rotate/recovery/init: 400');
    await expect(readFile(join(directory, 'recovery-keys.json'))).rejects.toThrow('ENOENT');
  });

  it('are encrypted to each by OpenBao; two of three make a root token', async () => {
    const made = await make(await publicKeys());
    expect(made, made.stderr).toMatchObject({ exitCode: 0 });
    const kept = JSON.parse(made.stdout) as readonly Kept[];
    expect(kept.map(({ recipient }) => recipient)).toEqual(await publicKeys());
    const shares = await Promise.all(
      kept.map(async ({ encrypted }) =>
        text((await gpg(['--decrypt'], Buffer.from(encrypted, 'base64'))).stdout).trim(),
      ),
    );
    expect(new Set(shares).size).toBe(3);

    const { nonce } = await bao('POST', 'sys/generate-root-token/attempt');
    const give = (key: string) => bao('POST', 'sys/generate-root-token/update', { key, nonce });
    expect(await give(shares[0] ?? '')).toMatchObject({ progress: 1, complete: false });
    expect(await give(shares[2] ?? '')).toMatchObject({ progress: 2, complete: true });
  });

  it('are not made twice, and told again where a run was cut off', async () => {
    const again = await make(await publicKeys());
    expect(again.exitCode).toBe(0);
    const others = await make(await publicKeys(), 'others.json');
    expect(others.exitCode).toBe(1);
    expect(others.stderr).toContain('there are recovery keys already');
  });
});
