import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fromEnv } from '../connection.ts';

/**
 * A directory of this call, 0700, for the AWS configuration of its child. In memory where the system gives this
 * user such a place; nothing secret is written all the same.
 */
export function profileDirectory(env: NodeJS.ProcessEnv): string {
  const runtime = fromEnv(env, 'XDG_RUNTIME_DIR');
  const base = runtime !== undefined && isPrivate(runtime) ? runtime : tmpdir();
  const directory = mkdtempSync(join(base, 'backbone-'));
  // By whatever way this process ends in order; killed, it leaves a file without a secret.
  process.once('exit', () => {
    rmSync(directory, { recursive: true, force: true });
  });
  return directory;
}

function isPrivate(directory: string): boolean {
  try {
    const { uid, mode } = statSync(directory);
    return uid === process.getuid?.() && (mode & 0o077) === 0;
  } catch {
    return false;
  }
}

export function writeProfile(
  file: string,
  profile: string,
  region: string,
  processLine: string,
): void {
  const lines = [
    `[profile ${profile}]`,
    `credential_process = ${processLine}`,
    `region = ${region}`,
    '',
  ];
  writeFileSync(file, lines.join('\n'), { mode: 0o600, flag: 'wx' });
}
