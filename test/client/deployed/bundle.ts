import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { execa } from 'execa';
import { buildClient } from '../../../src/bundle/client.ts';

export interface BundleOptions {
  /** Beside PATH, HOME and what the deployment gives; nothing else of this process is seen. */
  readonly env?: Readonly<Record<string, string>>;
  /** Given on stdin; nothing and closed where absent. */
  readonly input?: string;
  /** Source address of its connections. */
  readonly localAddress?: string;
  /** Home of whoever runs it: a directory of the test. */
  readonly home: string;
  readonly contract: string;
}

export interface Outcome {
  readonly exitCode: number | undefined;
  readonly signal: string | undefined;
  readonly stdout: string;
  readonly stderr: string;
}

/** The client as it is shipped, built afresh for this test file. */
export async function buildBundle(directory: string): Promise<string> {
  const file = join(directory, 'backbone-client.cjs');
  await buildClient(file);
  return file;
}

export function bundleEnv(options: BundleOptions): Record<string, string> {
  return {
    PATH: process.env['PATH'] ?? '',
    HOME: options.home,
    XDG_CACHE_HOME: join(options.home, '.cache'),
    XDG_CONFIG_HOME: join(options.home, '.config'),
    XDG_STATE_HOME: join(options.home, '.local', 'state'),
    BACKBONE_STATE: join(options.home, 'consumer'),
    BACKBONE_CONTRACT: options.contract,
    ...(options.localAddress === undefined
      ? {}
      : { BACKBONE_SOURCE_ADDRESS: options.localAddress }),
    ...options.env,
  };
}

/** Starts it without waiting, for tests that watch or kill it. */
export function startBundle(file: string, args: readonly string[], options: BundleOptions) {
  return execa(process.execPath, [file, ...args], {
    env: bundleEnv(options),
    extendEnv: false,
    reject: false,
    stripFinalNewline: false,
    ...(options.input === undefined ? { stdin: 'ignore' } : { input: options.input }),
  });
}

export async function runBundle(
  file: string,
  args: readonly string[],
  options: BundleOptions,
): Promise<Outcome> {
  await mkdir(options.home, { recursive: true, mode: 0o700 });
  const { exitCode, signal, stdout, stderr } = await startBundle(file, args, options);
  return { exitCode, signal, stdout, stderr };
}
