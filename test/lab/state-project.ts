import { existsSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { execa } from 'execa';

export type LockMode = 'dynamodb' | 's3' | 'both';

export interface StateProjectOptions {
  /** Made; holds the configuration. */
  readonly directory: string;
  /** Terraform or OpenTofu. */
  readonly program: string;
  readonly bucket: string;
  readonly key: string;
  readonly region: string;
  readonly mode: LockMode;
  readonly table: string;
  /** An apply holds the state lock until `release` is called. */
  readonly slow?: boolean;
}

export interface Outcome {
  readonly exitCode: number | undefined;
  readonly all: string;
}

/** A configuration with one built-in resource, whose state is in Terraform's own S3 backend. */
export async function stateProject(options: StateProjectOptions) {
  const { directory, program, bucket, key, region, mode, table, slow = false } = options;
  await mkdir(directory, { recursive: true });
  const started = join(directory, 'started');
  const release = join(directory, 'release');
  const command = `touch '${started}'; until [ -e '${release}' ]; do sleep 0.05; done`;
  await writeFile(
    join(directory, 'main.tf.json'),
    JSON.stringify({
      terraform: {
        backend: {
          s3: {
            ...{ bucket, key, region, use_path_style: true, encrypt: true },
            ...(mode === 's3' ? {} : { dynamodb_table: table }),
            ...(mode === 'dynamodb' ? {} : { use_lockfile: true }),
          },
        },
      },
      resource: {
        terraform_data: {
          thing: {
            input: directory,
            ...(slow ? { provisioner: [{ 'local-exec': { command } }] } : {}),
          },
        },
      },
    }),
  );
  const start = (env: Readonly<Record<string, string>>, ...args: string[]) =>
    execa(program, args, {
      cwd: directory,
      env: {
        ...env,
        TF_CLI_CONFIG_FILE: '/dev/null',
        CHECKPOINT_DISABLE: '1',
        TF_IN_AUTOMATION: '1',
        TF_INPUT: '0',
      },
      extendEnv: false,
      reject: false,
      all: true,
      // Terraform and what it has started, so that a kill ends both.
      detached: true,
    });
  return {
    start,
    run: async (env: Readonly<Record<string, string>>, ...args: string[]): Promise<Outcome> => {
      const { exitCode, all } = await start(env, ...args);
      return { exitCode, all };
    },
    holdsLock: async () => {
      while (!existsSync(started)) await wait(20);
    },
    release: () => writeFile(release, ''),
  };
}

/** Id of the lock that an apply was refused by. */
export function lockIdOf(refused: Outcome): string {
  return /Lock Info:[\s\S]*?ID:\s+([0-9a-f-]{36})/.exec(refused.all)?.[1] ?? '';
}
