import { execFile, spawn } from 'node:child_process';
import { existsSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { UserError } from '../../user-error.ts';
import type { CertifiedKey } from './ssh-certificate.ts';

/** A real ssh-agent of this process, which holds keys in its memory alone. */
export interface SshAgent {
  /** For SSH_AUTH_SOCK. */
  readonly socket: string;
  /** Takes a key for its life, and its files away. */
  add(pair: CertifiedKey, seconds: number): Promise<void>;
  /** Its keys are gone with it. */
  end(): void;
}

/** @throws UserError  there is none, or it did not start */
export async function startAgent(directory: string): Promise<SshAgent> {
  const socket = join(directory, 'agent');
  const agent = spawn('ssh-agent', ['-D', '-a', socket], { stdio: 'ignore' });
  const failed = new Promise<never>((_, reject) => {
    const gone = () => {
      reject(new UserError('ssh-agent did not start: is OpenSSH installed?'));
    };
    agent.once('error', gone);
    agent.once('exit', gone);
  });
  // Its end later on is nobody's failure.
  failed.catch(() => undefined);
  await Promise.race([listening(socket), failed]);
  return {
    socket,
    add: async ({ key, certificate }, seconds) => {
      try {
        await promisify(execFile)('ssh-add', ['-q', '-t', String(seconds), key], {
          env: { ...process.env, SSH_AUTH_SOCK: socket },
        });
      } catch {
        throw new UserError('ssh-add could not hand the key to ssh-agent');
      } finally {
        for (const file of [key, `${key}.pub`, certificate]) rmSync(file, { force: true });
      }
    },
    end: () => {
      agent.kill();
    },
  };
}

async function listening(socket: string): Promise<void> {
  while (!existsSync(socket)) await new Promise((resolve) => setTimeout(resolve, 20));
}
