import { spawn } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { execa } from 'execa';
import { startAwsDouble, type AwsDouble } from '../../../lab/aws/double.ts';
import { motoCommand } from '../../../lab/aws/moto.ts';
import { pythonEnvironment, pythonScript } from '../../../lab/parts/python.ts';

export const accountId = '123456789012';
export const region = 'us-east-2';

/** Keys in the words of STS. */
export interface Keys {
  readonly AccessKeyId: string;
  readonly SecretAccessKey: string;
  readonly SessionToken: string;
}

export interface RunningAws {
  readonly url: string;
  readonly stateDir: string;
  /** A directory of the test's own, gone at the end. */
  readonly directory: string;
  readonly admin: Keys;
  /** Runs the real AWS CLI; a refusal is an ordinary result with exit code and stderr. */
  aws(keys: Keys, ...args: string[]): Promise<CliResult>;
  /** The same, for calls that have to work; the parsed JSON answer. */
  json(keys: Keys, ...args: string[]): Promise<unknown>;
  /** Moves the clock that sessions expire by. */
  shiftClock(seconds: number): Promise<void>;
  /** Ends the double and starts another on the same port and state, beside the same moto. */
  restartDouble(): Promise<void>;
  environment(keys: Keys): Record<string, string>;
  stop(): Promise<void>;
}

export interface CliResult {
  readonly exitCode: number | undefined;
  readonly stdout: string;
  readonly stderr: string;
}

/** A real moto behind the double, both on ports of their own. */
export async function runAws(): Promise<RunningAws> {
  const python = await pythonEnvironment(() => undefined);
  const directory = await mkdtemp(join(tmpdir(), 'lab-aws-'));
  const stateDir = join(directory, 'state');
  // What the service refuses is looked at, not what the CLI refuses beforehand.
  const config = join(directory, 'aws-config');
  await writeFile(config, '[default]\nparameter_validation = false\n');
  const moto = await startMoto(python);
  const start = (port?: number): Promise<AwsDouble> =>
    startAwsDouble({ motoUrl: moto.url, stateDir, accountId, region, port });
  let double = await start();
  const { url } = double;

  const environment = (keys: Keys): Record<string, string> => ({
    PATH: process.env['PATH'] ?? '',
    HOME: directory,
    AWS_ENDPOINT_URL: url,
    AWS_DEFAULT_REGION: region,
    AWS_REGION: region,
    AWS_ACCESS_KEY_ID: keys.AccessKeyId,
    AWS_SECRET_ACCESS_KEY: keys.SecretAccessKey,
    AWS_SESSION_TOKEN: keys.SessionToken,
    AWS_CONFIG_FILE: config,
    AWS_SHARED_CREDENTIALS_FILE: '/dev/null',
    AWS_EC2_METADATA_DISABLED: 'true',
    AWS_MAX_ATTEMPTS: '1',
  });
  const [command, script] = pythonScript(python, 'aws');
  const aws = async (keys: Keys, ...args: string[]): Promise<CliResult> => {
    const { exitCode, stdout, stderr } = await execa(command, [script, ...args], {
      env: environment(keys),
      extendEnv: false,
      reject: false,
      stdin: 'ignore',
    });
    return { exitCode, stdout, stderr };
  };
  return {
    url,
    stateDir,
    directory,
    admin: JSON.parse(await readFile(join(stateDir, 'admin-credentials.json'), 'utf8')) as Keys,
    aws,
    json: async (keys, ...args) => {
      const result = await aws(keys, ...args, '--output', 'json');
      if (result.exitCode !== 0) throw new Error(`aws ${args.join(' ')}: ${result.stderr}`);
      return result.stdout === '' ? undefined : (JSON.parse(result.stdout) as unknown);
    },
    shiftClock: async (seconds) => {
      const token = await readFile(join(stateDir, 'control-token'), 'utf8');
      const response = await fetch(`${url}/_lab/clock`, {
        method: 'POST',
        headers: { authorization: `Bearer ${token}` },
        body: JSON.stringify({ offsetSeconds: seconds }),
      });
      if (!response.ok) throw new Error(await response.text());
    },
    restartDouble: async () => {
      await double.close();
      double = await start(Number(new URL(url).port));
    },
    environment,
    stop: async () => {
      await double.close();
      await moto.stop();
      await rm(directory, { recursive: true, force: true });
    },
  };
}

/** A real moto alone: no policy is enforced. */
export async function startMoto(python: string): Promise<{ url: string; stop(): Promise<void> }> {
  const { command, args, env } = motoCommand(python, { port: 0, accountId });
  const child = spawn(command, args, {
    env: { PATH: process.env['PATH'], ...env },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  const ended = new Promise<void>((resolve) =>
    child.once('exit', () => {
      resolve();
    }),
  );
  const seen: string[] = [];
  const url = await new Promise<string>((resolve, reject) => {
    createInterface({ input: child.stderr }).on('line', (line) => {
      seen.push(line);
      const found = /Running on (http:\/\/127\.0\.0\.1:\d+)/.exec(line)?.[1];
      if (found !== undefined) resolve(found);
    });
    child.once('exit', () => {
      reject(new Error(`moto ended: ${seen.join('\n')}`));
    });
  });
  return {
    url,
    stop: async () => {
      child.kill('SIGTERM');
      await ended;
    },
  };
}
