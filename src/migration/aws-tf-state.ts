import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import { call } from '../client/openbao.ts';
import { object, text } from '../contract/shape.ts';
import type { Backbone } from '../model/backbone.ts';
import type { Profile } from '../model/profile.ts';
import { findTerraform } from '../terraform/binary.ts';
import { UserError } from '../user-error.ts';
import { works } from './attempt.ts';
import type { Check, ClassPlan, Place } from './row.ts';

/** Each profile: a session is minted, and Terraform itself reads the state with it and nothing else. */
export const awsTfState: ClassPlan = {
  was: 'aws-vault and a keychain',
  target: 'AWS engine of OpenBao: an STS session for one state and its lock',
  back:
    'unset AWS_PROFILE=tf-<profile> and go back to aws-vault: the state is where it was, only the ' +
    'credential is another. Keep the IAM user of aws-vault until no plan has failed for a week.',
  next: {
    current: 'declare each state under profiles and run `backbone deploy aws-trust openbao`',
    dual: 'take the key of aws-vault out of use in IAM (deactivate it first, delete it later)',
  },
  missing: ({ profiles }) => (profiles.length === 0 ? ['no profile is declared'] : []),
  prove: async (place) => {
    const { path } = await findTerraform(place.env);
    const checks: Check[] = [];
    for (const profile of place.backbone.profiles) checks.push(await use(place, profile, path));
    return checks;
  },
};

function use(place: Place, profile: Profile, terraform: string): Promise<Check> {
  const { bucket, key } = profile.declared;
  return works(`a session of ${profile.role} reads s3://${bucket}/${key}`, () =>
    readState(place, profile, terraform),
  );
}

async function readState(place: Place, profile: Profile, terraform: string): Promise<string> {
  const minted = await call(place.connection, {
    method: 'POST',
    path: profile.stsPath,
    body: { ttl: '900s' },
  });
  const session = object(minted?.data, profile.stsPath);
  const directory = await mkdtemp(join(tmpdir(), 'backbone-migrate-'));
  try {
    await writeFile(join(directory, 'main.tf.json'), backend(place.backbone, profile));
    const run = async (...args: readonly string[]) => {
      const { exitCode, stdout, stderr } = await execa(terraform, [...args], {
        cwd: directory,
        extendEnv: false,
        reject: false,
        env: {
          PATH: place.env['PATH'] ?? '',
          HOME: directory,
          // In the environment of this process alone, which ends with the check.
          AWS_ACCESS_KEY_ID: text(session, 'access_key'),
          AWS_SECRET_ACCESS_KEY: text(session, 'secret_key'),
          AWS_SESSION_TOKEN: text(session, 'security_token'),
          AWS_EC2_METADATA_DISABLED: 'true',
          TF_CLI_CONFIG_FILE: '/dev/null',
          CHECKPOINT_DISABLE: '1',
          TF_INPUT: '0',
        },
      });
      if (exitCode !== 0) throw new UserError(`terraform ${args[0] ?? ''}: ${reasonIn(stderr)}`);
      return stdout;
    };
    await run('init', '-no-color');
    const state = await run('state', 'pull');
    const serial = /"serial":\s*(\d+)/.exec(state)?.[1];
    return serial === undefined ? 'there is no state yet, and it may look' : `serial ${serial}`;
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

function backend({ declaration: { aws } }: Backbone, { declared }: Profile): string {
  const { s3, dynamodb, sts } = aws.endpoints ?? {};
  const endpoints = Object.fromEntries(
    Object.entries({ s3, dynamodb, sts }).filter(([, url]) => url !== undefined),
  );
  const own = Object.keys(endpoints).length > 0;
  return JSON.stringify({
    terraform: {
      backend: {
        s3: {
          ...{ bucket: declared.bucket, key: declared.key, region: aws.region },
          ...(own ? { endpoints, use_path_style: true } : {}),
        },
      },
    },
  });
}

/** What AWS or Terraform said, in one line. */
function reasonIn(stderr: string): string {
  const line =
    /api error [^\n]*/.exec(stderr)?.[0] ?? /Error: [^\n]*/.exec(stderr)?.[0] ?? 'no reason given';
  return line.replaceAll(/[│╵╷]/g, '').trim().slice(0, 300);
}
