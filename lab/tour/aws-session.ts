import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa, ExecaError } from 'execa';
import { z } from 'zod';
import { call, type Connection } from '../../src/client/openbao.ts';
import { pythonScript } from '../parts/python.ts';
import type { Lab } from '../lab.ts';
import type { Cast } from './cast.ts';
import type { Proofs } from './proof.ts';

const session = z.object({
  access_key: z.string(),
  secret_key: z.string(),
  security_token: z.string(),
  ttl: z.number(),
});

/** A session of rung 1: minted by OpenBao, for one state and its lock, dead after minutes. */
export async function showAwsSession(
  lab: Lab,
  minter: Connection,
  cast: Cast,
  proofs: Proofs,
): Promise<void> {
  const { profile } = cast;
  const minted = await call(minter, {
    method: 'POST',
    path: profile.stsPath,
    body: { ttl: `${String(profile.ttl)}s` },
  });
  const { access_key, secret_key, security_token, ttl } = session.parse(minted?.data);
  const env = {
    PATH: process.env['PATH'] ?? '',
    HOME: process.env['HOME'] ?? '/',
    AWS_ACCESS_KEY_ID: access_key,
    AWS_SECRET_ACCESS_KEY: secret_key,
    AWS_SESSION_TOKEN: security_token,
    AWS_DEFAULT_REGION: lab.backbone.declaration.aws.region,
    AWS_REGION: lab.backbone.declaration.aws.region,
    AWS_ENDPOINT_URL: `http://127.0.0.1:${String(lab.record.ports.aws)}`,
    AWS_CONFIG_FILE: lab.paths.cliConfig,
    AWS_SHARED_CREDENTIALS_FILE: '/nonexistent',
    AWS_EC2_METADATA_DISABLED: 'true',
  };
  await writeFile(lab.paths.cliConfig, '[default]\ns3 =\n  addressing_style = path\n', {
    mode: 0o600,
  });
  const [python, script] = pythonScript(lab.parts.python, 'aws');
  const aws = async (...args: readonly string[]) => {
    const { stdout } = await saying(
      execa(python, [script, '--output', 'text', ...args], { env, extendEnv: false }),
    );
    return stdout.trim();
  };
  const { bucket, key, lock } = profile.declared;
  const getObject = (name: string) =>
    aws('s3api', 'get-object', '--bucket', bucket, '--key', name, '/dev/null');

  await proofs.allowed(
    'AWS session',
    `${cast.minter.name} mints a session of ${profile.role}`,
    async () => {
      const arn = await aws('sts', 'get-caller-identity', '--query', 'Arn');
      return `${arn.replace(/\/[^/]*$/, '/...')} for ${String(Math.round(ttl / 60))} min`;
    },
  );
  await proofs.allowed('AWS session', 'Terraform locks, writes and reads its own state', () =>
    applyOwnState(lab, cast, env),
  );
  await proofs.denied(
    'AWS session',
    `the sibling key ${key}.backup is denied`,
    /AccessDenied/,
    () => getObject(`${key}.backup`),
  );
  const other = lab.backbone.profiles.find(({ declared }) => declared.bucket !== bucket);
  if (other !== undefined) {
    const name = other.declared.bucket;
    await proofs.denied('AWS session', `the bucket ${name} is denied`, /AccessDenied/, () =>
      aws('s3api', 'get-object', '--bucket', name, '--key', other.declared.key, '/dev/null'),
    );
  }
  if (lock.mode !== 's3') {
    const row = JSON.stringify({ LockID: { S: `${bucket}/${key}.other` } });
    await proofs.denied(
      'AWS session',
      'another row of the lock table is denied',
      /AccessDenied/,
      () => aws('dynamodb', 'get-item', '--table-name', lock.table, '--key', row),
    );
  }
  await proofs.denied(
    'AWS session',
    'the broker role cannot be assumed with it',
    /AccessDenied/,
    () =>
      aws(
        ...['sts', 'assume-role', '--role-arn', lab.backbone.brokerRoleArn],
        ...['--role-session-name', 'tour'],
      ),
  );
  await proofs.denied(
    'AWS session',
    'one second after its end the session is dead',
    /ExpiredToken/,
    () => atLaterTime(lab, ttl + 1, () => getObject(key)),
  );
}

/** Of a program that failed, what it said; its command line says nothing to a reader. */
async function saying<T>(run: Promise<T>): Promise<T> {
  try {
    return await run;
  } catch (error) {
    if (!(error instanceof ExecaError)) throw error;
    throw new Error(String(error.stderr).trim());
  }
}

/** A state of its own making, with Terraform's own S3 backend and the minted session alone. */
async function applyOwnState(
  { parts }: Lab,
  { profile }: Cast,
  env: Record<string, string>,
): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), 'tour-'));
  try {
    const { bucket, key, lock } = profile.declared;
    const backend = {
      bucket,
      key,
      use_path_style: true,
      ...(lock.mode === 's3' ? {} : { dynamodb_table: lock.table }),
      ...(lock.mode === 'dynamodb' ? {} : { use_lockfile: true }),
    };
    await writeFile(
      join(directory, 'main.tf.json'),
      JSON.stringify({
        terraform: { backend: { s3: backend } },
        output: { shown: { value: 'by the tour' } },
      }),
    );
    const terraform = (...args: readonly string[]) =>
      saying(
        execa(parts.terraform.path, [...args], {
          cwd: directory,
          extendEnv: false,
          env: { ...env, CHECKPOINT_DISABLE: '1', TF_CLI_CONFIG_FILE: '/dev/null', TF_INPUT: '0' },
        }),
      );
    await terraform('init', '-no-color');
    await terraform('apply', '-auto-approve', '-no-color');
    const { stdout } = await terraform('state', 'pull');
    const { serial } = z.object({ serial: z.number() }).parse(JSON.parse(stdout));
    return `s3://${bucket}/${key}, serial ${String(serial)}, lock ${lock.mode}`;
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

/** The double's clock alone is moved, so that an expiry can be seen without waiting for it. */
async function atLaterTime<T>(lab: Lab, seconds: number, work: () => Promise<T>): Promise<T> {
  const token = (await readFile(join(lab.paths.awsState, 'control-token'), 'utf8')).trim();
  const shift = async (offsetSeconds: number) => {
    const response = await fetch(`http://127.0.0.1:${String(lab.record.ports.aws)}/_lab/clock`, {
      method: 'POST',
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
      body: JSON.stringify({ offsetSeconds }),
    });
    if (!response.ok) throw new Error(`the AWS double kept its clock: ${String(response.status)}`);
  };
  await shift(seconds);
  try {
    return await work();
  } finally {
    await shift(0);
  }
}
