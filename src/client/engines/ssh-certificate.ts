import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { SshContract } from '../../contract/engines.ts';
import { object, text } from '../../contract/shape.ts';
import { UserError } from '../../user-error.ts';
import { writeWhole } from '../certificate/state.ts';
import { call, OpenBaoError, type Connection } from '../openbao.ts';

/** A key that was made for this use and its certificate, in files of a directory in memory. */
export interface CertifiedKey {
  readonly key: string;
  readonly certificate: string;
}

/**
 * Makes a key and has it signed. The key leaves this directory for nowhere.
 *
 * @param name  of the files, so that a next pair does not overwrite one in use
 * @throws UserError  there is no ssh-keygen; OpenBao refused or signed something else
 */
export async function certifiedKey(
  connection: Connection,
  role: SshContract,
  directory: string,
  name: string,
): Promise<CertifiedKey> {
  const key = join(directory, name);
  try {
    await promisify(execFile)('ssh-keygen', [
      ...['-q', '-t', 'ed25519', '-N', '', '-C', `${role.consumer}-${role.role}`],
      ...['-f', key],
    ]);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw new UserError(
      code === 'ENOENT' ? 'there is no ssh-keygen: install OpenSSH' : 'ssh-keygen made no key',
    );
  }
  const answer = await call(connection, {
    method: 'POST',
    path: role.path,
    body: { public_key: readFileSync(`${key}.pub`, 'utf8') },
  });
  if (answer === undefined) {
    throw new OpenBaoError(`there is nothing at ${role.path}: is the stack engines deployed?`);
  }
  const signed = text(object(answer.data, role.path), 'signed_key');
  // One line for ssh; more would be read as further keys.
  if (!/^ssh-ed25519-cert-v01@openssh\.com [A-Za-z0-9+/=]+( [^\n]*)?\n?$/.test(signed)) {
    throw new UserError('OpenBao signed something that is no certificate of an ed25519 key');
  }
  // Where OpenSSH looks for it by itself, too.
  const certificate = `${key}-cert.pub`;
  writeWhole(certificate, signed);
  return { key, certificate };
}
