import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { userInfo } from 'node:os';
import { join } from 'node:path';
import { connect } from 'node:net';
import { execa } from 'execa';
import { sshd as sshdPart } from '../../../lab/parts/sshd.ts';
import { freePorts } from '../../../lab/processes/port.ts';
import { startProcess, stopProcess, waitFor } from '../../../lab/processes/process.ts';

/** A real sshd on the loopback that trusts one authority, and nothing else. */
export interface Sshd {
  readonly port: number;
  /** Its users, all of this machine's account; each lets in those whose certificate has a principal of its list. */
  readonly user: string;
  /** Options of ssh that a person would have in their configuration. */
  readonly options: readonly string[];
  readonly log: () => Promise<string>;
  readonly stop: () => Promise<void>;
}

/**
 * @param authority   public key of the CA
 * @param principals  whom the user lets in
 */
export async function startSshd(
  directory: string,
  authority: string,
  principals: readonly string[],
): Promise<Sshd> {
  const { path, libraries } = await sshdPart(() => undefined);
  const [port = 0] = await freePorts(1);
  const { username: user, uid } = userInfo();
  const inside = (name: string) => join(directory, name);
  await mkdir(directory, { recursive: true, mode: 0o755 });
  await execa('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-f', inside('host_key')]);
  const hostKey = await readFile(inside('host_key.pub'), 'utf8');
  await writeFile(inside('known_hosts'), `[127.0.0.1]:${String(port)} ${hostKey}`);
  await writeFile(inside('authority.pub'), authority);
  await writeFile(inside('principals'), `${principals.join('\n')}\n`);
  const lines = [
    'ListenAddress 127.0.0.1',
    `Port ${String(port)}`,
    `HostKey ${inside('host_key')}`,
    `PidFile ${inside('pid')}`,
    'UsePAM no',
    'PasswordAuthentication no',
    'KbdInteractiveAuthentication no',
    'AuthorizedKeysFile none',
    'PermitRootLogin yes',
    // The directory of this test lies below one that everybody may write to.
    'StrictModes no',
    'LogLevel VERBOSE',
    `TrustedUserCAKeys ${inside('authority.pub')}`,
    `AuthorizedPrincipalsFile ${inside('principals')}`,
  ];
  await writeFile(inside('sshd_config'), `${lines.join('\n')}\n`);
  const command = [path, '-D', '-e', '-f', inside('sshd_config')];
  const log = inside('sshd.log');
  const [first = '', ...args] = uid === 0 ? await asRoot(directory, command) : command;
  const running = await startProcess(
    {
      command: first,
      args,
      ...(libraries === undefined ? {} : { env: { LD_LIBRARY_PATH: libraries } }),
    },
    log,
  );
  await waitFor('sshd', running, log, () => answers(port), 60);
  const options = [
    `Port=${String(port)}`,
    `UserKnownHostsFile=${inside('known_hosts')}`,
    'StrictHostKeyChecking=yes',
    'BatchMode=yes',
    'GSSAPIAuthentication=no',
  ];
  return {
    port,
    user,
    options,
    log: () => readFile(log, 'utf8'),
    stop: () => stopProcess(running),
  };
}

/**
 * As root, sshd wants a user and a directory that its package would have made: it gets them in a mount
 * namespace of its own, so that this machine stays as it is.
 */
async function asRoot(directory: string, command: readonly string[]): Promise<readonly string[]> {
  const passwd = join(directory, 'passwd');
  const known = await readFile('/etc/passwd', 'utf8');
  const extra = /^sshd:/m.test(known) ? '' : 'sshd:x:65533:65534::/run/sshd:/usr/sbin/nologin\n';
  await writeFile(passwd, known + extra);
  const script =
    'mount --bind "$0" /etc/passwd && mount -t tmpfs -o mode=755 tmpfs /run && mkdir -m 755 /run/sshd && exec "$@"';
  return ['unshare', '--mount', '--propagation', 'private', 'sh', '-c', script, passwd, ...command];
}

function answers(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host: '127.0.0.1', port });
    socket.once('data', () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', () => {
      resolve(false);
    });
  });
}
