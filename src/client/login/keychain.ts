import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { platform } from 'node:os';
import { UserError } from '../../user-error.ts';

/**
 * The keychain of a desktop, for convenience and never needed. Its own program is asked, and a token goes in by stdin
 * alone: arguments can be read by everybody on the machine.
 */
export interface Keychain {
  readonly described: string;
  readonly store: (token: string) => Promise<void>;
  readonly read: () => Promise<string>;
  readonly remove: () => Promise<void>;
  readonly digest: (token: string) => string;
}

const service = 'credential-backbone';
const account = 'operator';

/** `security` of macOS (`security -i` takes commands from stdin), else `secret-tool` of libsecret. */
export function keychain(): Keychain {
  return { ...(platform() === 'darwin' ? macos : libsecret), digest };
}

type Programs = Omit<Keychain, 'digest'>;

const macos: Programs = {
  described: 'the keychain of macOS',
  store: async (token) => {
    const line = `add-generic-password -U -s ${service} -a ${account} -w ${plain(token)}\n`;
    await ask('security', ['-i'], line);
  },
  read: () => ask('security', ['find-generic-password', '-s', service, '-a', account, '-w']),
  remove: async () => {
    await ask('security', ['delete-generic-password', '-s', service, '-a', account]);
  },
};

const attributes = ['service', service, 'account', account];

const libsecret: Programs = {
  described: 'the keyring of this desktop (secret-tool)',
  store: async (token) => {
    await ask('secret-tool', ['store', '--label=credential-backbone', ...attributes], token);
  },
  read: () => ask('secret-tool', ['lookup', ...attributes]),
  remove: async () => {
    await ask('secret-tool', ['clear', ...attributes]);
  },
};

function digest(token: string): string {
  return createHash('sha256').update(token).digest('hex');
}

/** It stands in a line that `security` splits into words. */
function plain(token: string): string {
  if (/^[\w.-]+$/.test(token)) return token;
  throw new UserError('the token has characters that the keychain would not keep: use the file');
}

function ask(program: string, args: readonly string[], input = ''): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, { stdio: ['pipe', 'pipe', 'ignore'] });
    const chunks: Buffer[] = [];
    child.stdout.on('data', (chunk: Buffer) => chunks.push(chunk));
    child.once('error', (error: NodeJS.ErrnoException) => {
      reject(
        new UserError(
          error.code === 'ENOENT'
            ? `there is no ${program} on this machine: log in without --keychain`
            : `${program} cannot be started (${error.code ?? 'unknown'})`,
        ),
      );
    });
    // A program that ends before it has read everything: its exit status tells.
    child.stdin.once('error', () => undefined);
    child.once('close', (status) => {
      if (status === 0) resolve(Buffer.concat(chunks).toString('utf8').trim());
      else reject(new UserError(`${program} refused (exit status ${String(status)})`));
    });
    child.stdin.end(input);
  });
}
