import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { chmod, mkdtemp, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { createCa, issue } from '../../../lab/pki.ts';

export const program = 'ansible/roles/aws_identity/files/aws-identity-adapter.py';

export type LogLine = Readonly<Record<string, unknown>>;

export interface AdapterFiles {
  readonly directory: string;
  readonly token: string;
  readonly configFile: string;
  readonly statusFile: string;
  /** Replaces the stand-in for aws_signing_helper: the body of a shell script. */
  helper(script: string): Promise<void>;
  /** How often the stand-in was run. */
  runs(): Promise<number>;
  configure(changes: Readonly<Record<string, unknown>>): Promise<void>;
  remove(): Promise<void>;
}

export interface RunningAdapter {
  readonly url: string;
  readonly log: readonly LogLine[];
  /** Everything on stdout and stderr, for searching. */
  output(): string;
  get(path: string, headers?: Readonly<Record<string, string>>): Promise<Response>;
  /** Resolves with the first log line of that event, also of the past. */
  logged(event: string): Promise<LogLine>;
  kill(signal: NodeJS.Signals): Promise<number | null>;
}

/** A session in the words of credential_process, whose secrets are easy to find in a log. */
export function sessionJson(
  expiration: string,
  more: Readonly<Record<string, unknown>> = {},
): string {
  return JSON.stringify({
    ...{ Version: 1, AccessKeyId: 'ASIACANARYKEYID', SecretAccessKey: 'canary-secret-access-key' },
    ...{ SessionToken: 'canary-session-token', Expiration: expiration, ...more },
  });
}

export function inSeconds(seconds: number): string {
  return new Date(Date.now() + seconds * 1000).toISOString().replace(/\.\d+Z$/, 'Z');
}

/** Configuration, token, certificate and a stand-in for the helper, in a directory of their own. */
export async function adapterFiles(): Promise<AdapterFiles> {
  const directory = await mkdtemp(join(tmpdir(), 'adapter-'));
  const at = (name: string) => join(directory, name);
  const token = randomBytes(32).toString('hex');
  await writeFile(at('token'), token, { mode: 0o600 });
  const { certificate } = await issue(await createCa('CA'), { commonName: 'openbao' });
  await writeFile(at('certificate.pem'), certificate);
  let config: Record<string, unknown> = {
    listen_port: 0,
    token_file: at('token'),
    command: ['/bin/sh', at('helper.sh')],
    certificate_file: at('certificate.pem'),
    status_file: at('status.json'),
    alarm_certificate_seconds: 86_400,
    // Not to be reached on a busy machine, save where a test asks for it.
    helper_timeout_seconds: 60,
  };
  const files: AdapterFiles = {
    directory,
    token,
    configFile: at('adapter.json'),
    statusFile: at('status.json'),
    helper: async (script) => {
      await writeFile(at('helper.new'), `echo run >> '${at('runs')}'\n${script}\n`);
      await chmod(at('helper.new'), 0o700);
      await rename(at('helper.new'), at('helper.sh'));
    },
    runs: async () => {
      const lines = await readFile(at('runs'), 'utf8').catch(() => '');
      return lines.split('\n').length - 1;
    },
    configure: async (changes) => {
      config = { ...config, ...changes };
      await writeFile(at('adapter.json'), JSON.stringify(config));
    },
    remove: () => rm(directory, { recursive: true, force: true }),
  };
  await files.configure({});
  await files.helper(`echo '${sessionJson(inSeconds(3600))}'`);
  return files;
}

/** Starts the adapter on a free port; rejects with its log where it ends at once. */
export async function startAdapter(
  files: AdapterFiles,
  environment: Readonly<Record<string, string>> = {},
): Promise<RunningAdapter> {
  const child = spawn('python3', [program, '--config', files.configFile], {
    env: { PATH: process.env['PATH'], ...environment },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const log: LogLine[] = [];
  let output = '';
  const waiting = new Set<() => void>();
  child.stdout.on('data', (chunk: Buffer) => {
    output += chunk.toString();
  });
  createInterface({ input: child.stderr }).on('line', (line) => {
    output += `${line}\n`;
    log.push(JSON.parse(line) as LogLine);
    for (const look of waiting) look();
  });
  const ended = new Promise<number | null>((resolve) => {
    child.once('close', (code) => {
      resolve(code);
    });
  });
  const logged = (event: string) =>
    new Promise<LogLine>((resolve, reject) => {
      const look = () => {
        const line = log.find((entry) => entry['event'] === event);
        if (line === undefined) return;
        waiting.delete(look);
        resolve(line);
      };
      waiting.add(look);
      look();
      void ended.then((code) => {
        reject(new Error(`the adapter ended with ${String(code)}: ${output}`));
      });
    });
  const { port } = await logged('listening');
  const url = `http://127.0.0.1:${String(port)}`;
  return {
    url,
    log,
    output: () => output,
    get: (path, headers = { authorization: files.token }) => fetch(`${url}${path}`, { headers }),
    logged,
    kill: (signal) => {
      child.kill(signal);
      return ended;
    },
  };
}
