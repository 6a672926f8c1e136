import { chmodSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { UserError } from '../../user-error.ts';

/** One secret as Envoy takes it from a file (Envoy API v3, SDS by `path_config_source`). */
function discovery(upstream: string, value: string): string {
  const type = 'type.googleapis.com/envoy.extensions.transport_sockets.tls.v3.Secret';
  return JSON.stringify({
    resources: [
      { '@type': type, name: upstream, generic_secret: { secret: { inline_string: value } } },
    ],
  });
}

/**
 * Writes what Envoy injects, by one rename: it sees the old value or the new one. An empty value is what it
 * refuses requests by; a file that is not there would leave it with what it has.
 *
 * The file is 0640: Envoy runs as another user, of the group of this directory, and has no identity of OpenBao.
 *
 * @throws UserError  the place cannot be written
 */
export function writeSecret(directory: string, upstream: string, value: string): void {
  const file = join(directory, `${upstream}.json`);
  const beside = join(directory, `.${upstream}.${randomBytes(6).toString('hex')}`);
  try {
    writeFileSync(beside, discovery(upstream, value), { mode: 0o640, flag: 'wx' });
    // Whatever the umask says.
    chmodSync(beside, 0o640);
    renameSync(beside, file);
  } catch (error) {
    rmSync(beside, { force: true });
    const { code } = error as NodeJS.ErrnoException;
    throw new UserError(`${file} cannot be written (${code ?? 'unknown'})`);
  }
}
