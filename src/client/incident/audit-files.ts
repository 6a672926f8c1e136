import { createReadStream } from 'node:fs';
import { readdir, stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { createGunzip } from 'node:zlib';
import { UserError } from '../../user-error.ts';

/** Log of the audit device `first`, where the role `openbao` has it. Accessors are hashed per device. */
export const defaultAuditLog = '/var/log/openbao/audit.log';

/** A log is not there, or not to be read. */
export class AuditLogError extends UserError {
  override readonly name = 'AuditLogError';
}

/**
 * An audit log and what was rotated from it, oldest first: every file beside it whose name goes on from its own
 * (`audit.log-20261124-1795518708.gz`, `audit.log.1`). The time of the last write tells their order.
 *
 * @throws AuditLogError
 */
export async function auditFiles(log: string): Promise<readonly string[]> {
  const directory = dirname(log);
  try {
    await stat(log);
    const names = (await readdir(directory)).filter((name) => isPartOf(basename(log), name));
    const aged = await Promise.all(
      names.map(async (name) => {
        const file = join(directory, name);
        return { file, written: (await stat(file)).mtimeMs, current: file === log };
      }),
    );
    // The log that is written now comes last whatever a restored or copied file says.
    return aged
      .sort((a, b) => Number(a.current) - Number(b.current) || a.written - b.written)
      .map(({ file }) => file);
  } catch (error) {
    throw unreadable(log, error);
  }
}

function isPartOf(log: string, name: string): boolean {
  return name === log || (name.startsWith(log) && /^[.-][\w.-]*$/.test(name.slice(log.length)));
}

/** Lines of one file, one at a time: a log of gigabytes takes no more memory than a short one. */
export async function* linesOf(file: string): AsyncGenerator<string> {
  const raw = createReadStream(file);
  const input = file.endsWith('.gz') ? raw.pipe(createGunzip()) : raw;
  // An error of the file does not pass through a pipe by itself.
  if (input !== raw) raw.once('error', (error) => input.destroy(error));
  try {
    for await (const line of createInterface({ input, crlfDelay: Infinity })) yield line;
  } catch (error) {
    throw unreadable(file, error);
  } finally {
    raw.destroy();
  }
}

function unreadable(file: string, error: unknown): AuditLogError {
  const { code } = error as NodeJS.ErrnoException;
  return new AuditLogError(
    `the audit log ${file} cannot be read (${code ?? 'unknown'}): run this where OpenBao runs, or name a copy ` +
      'with --audit',
  );
}
