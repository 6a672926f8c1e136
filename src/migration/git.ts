import { randomBytes } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import { UserError } from '../user-error.ts';

/** A repository with one empty commit, and git without anything of this machine's own settings. */
export interface WorkingCopy {
  readonly directory: string;
  readonly env: Readonly<Record<string, string>>;
}

/** By a program of git's credential protocol with its environment, or by a token that is held. */
export type PushBy =
  | { readonly helper: readonly string[]; readonly env: Readonly<Record<string, string>> }
  | { readonly token: string };

/** git refused, in its own words, or is not there. */
export class GitRefused extends UserError {
  override readonly name = 'GitRefused';
}

/** @param ca  PEM of the CA of the server's certificate. @default - the system's CAs */
export async function withWorkingCopy<T>(
  ca: string | undefined,
  work: (copy: WorkingCopy) => Promise<T>,
): Promise<T> {
  const home = await mkdtemp(join(tmpdir(), 'backbone-git-'));
  try {
    const caFile = join(home, 'ca.pem');
    if (ca !== undefined) await writeFile(caFile, ca);
    const who = { NAME: 'credential-backbone', EMAIL: 'credential-backbone@localhost' };
    const copy: WorkingCopy = {
      directory: home,
      env: {
        ...{ PATH: process.env['PATH'] ?? '', HOME: home },
        ...{ GIT_CONFIG_NOSYSTEM: '1', GIT_TERMINAL_PROMPT: '0' },
        ...(ca === undefined ? {} : { GIT_SSL_CAINFO: caFile }),
        ...{ GIT_AUTHOR_NAME: who.NAME, GIT_AUTHOR_EMAIL: who.EMAIL },
        ...{ GIT_COMMITTER_NAME: who.NAME, GIT_COMMITTER_EMAIL: who.EMAIL },
      },
    };
    await git(copy, ['init', '--quiet']);
    await git(copy, [
      'commit',
      '--quiet',
      '--allow-empty',
      '--message',
      'tried, and deleted again',
    ]);
    return await work(copy);
  } finally {
    await rm(home, { recursive: true, force: true });
  }
}

/**
 * Pushes a branch of its own that holds no file, and deletes it there again.
 *
 * @returns its name
 * @throws GitRefused
 */
export async function pushAndDelete(copy: WorkingCopy, url: string, by: PushBy): Promise<string> {
  const branch = `backbone-${randomBytes(6).toString('hex')}`;
  await push(copy, by, [url, `HEAD:refs/heads/${branch}`]);
  await push(copy, by, ['--delete', url, branch]);
  return branch;
}

/** What is secret is in the environment of git alone, never on its command line. */
async function push(copy: WorkingCopy, by: PushBy, what: readonly string[]): Promise<void> {
  const [helper, env] =
    'helper' in by
      ? [by.helper.map((word) => `'${word}'`).join(' '), by.env]
      : ['echo username=x-access-token; echo "password=$HELD_TOKEN" #', { HELD_TOKEN: by.token }];
  const settings = ['-c', `credential.helper=!${helper}`, '-c', 'credential.useHttpPath=true'];
  await git({ ...copy, env: { ...copy.env, ...env } }, [...settings, 'push', '--quiet', ...what]);
}

async function git({ directory, env }: WorkingCopy, args: readonly string[]): Promise<void> {
  const { failed, stderr, message } = await execa('git', args, {
    ...{ cwd: directory, env, extendEnv: false, reject: false, stdin: 'ignore' },
    timeout: 60_000,
  });
  if (failed) throw new GitRefused(stderr.trim() || (message ?? 'git failed'));
}
