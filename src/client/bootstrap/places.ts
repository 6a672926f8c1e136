import {
  closeSync,
  constants,
  fstatSync,
  ftruncateSync,
  openSync,
  readSync,
  unlinkSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';
import { UserError } from '../../user-error.ts';
import {
  longestDelivery,
  moment,
  NoDeliveryError,
  parseDelivery,
  word,
  type Delivery,
} from './delivery.ts';

/** Where a delivery is looked for, beside the usual places. */
export interface NamedPlaces {
  readonly tokenFile?: string;
  readonly fd?: number;
  readonly roleIdFile?: string;
}

/** A delivery, and how to do away with what is left of it. */
export interface FoundDelivery {
  readonly delivery: Delivery;
  /** For messages. */
  readonly place: string;
  /** Takes the spent token away where that can be done. Never throws. */
  readonly clear: () => void;
}

/**
 * The first delivery that there is, in this order: what the command line names (file, descriptor), the
 * credential `backbone-secret-id` of systemd, BAO_WRAPPED_SECRET_ID, a file of that name in a NoCloud seed.
 *
 * What BAO_ROLE_ID, BAO_SECRET_ID_ACCESSOR and BAO_WRAPPED_SECRET_ID_EXPIRES tell fills in what the delivery
 * itself does not.
 *
 * @returns undefined where there is none
 * @throws NoDeliveryError  there is something else at such a place
 * @throws UserError        a place cannot be read
 */
export function findDelivery(
  env: NodeJS.ProcessEnv,
  named: NamedPlaces,
): FoundDelivery | undefined {
  const found = findRaw(env, named);
  if (found === undefined) return undefined;
  const { delivery } = found;
  return {
    ...found,
    delivery: {
      ...delivery,
      roleId: delivery.roleId ?? findRoleId(env, named),
      accessor:
        delivery.accessor ?? word(set(env, 'BAO_SECRET_ID_ACCESSOR'), 'BAO_SECRET_ID_ACCESSOR'),
      expires:
        delivery.expires ??
        moment(set(env, 'BAO_WRAPPED_SECRET_ID_EXPIRES'), 'BAO_WRAPPED_SECRET_ID_EXPIRES'),
    },
  };
}

const nothing = () => undefined;

function findRaw(env: NodeJS.ProcessEnv, named: NamedPlaces): FoundDelivery | undefined {
  const { tokenFile, fd } = named;
  if (tokenFile !== undefined) return fromFile(tokenFile);
  if (fd !== undefined) return found(readDescriptor(fd), `descriptor ${String(fd)}`, nothing);
  const credentials = set(env, 'CREDENTIALS_DIRECTORY');
  const seed = set(env, 'BACKBONE_SEED') ?? '/var/lib/cloud/seed/nocloud-net';
  return (
    (credentials === undefined ? undefined : fromFile(join(credentials, fileName))) ??
    found(env['BAO_WRAPPED_SECRET_ID'] ?? '', 'BAO_WRAPPED_SECRET_ID', nothing) ??
    fromFile(join(seed, fileName))
  );
}

const fileName = 'backbone-secret-id';

function found(
  content: string | undefined,
  place: string,
  clear: () => void,
): FoundDelivery | undefined {
  const delivery = content === undefined ? undefined : parseDelivery(content, place);
  return delivery === undefined ? undefined : { delivery, place, clear };
}

function fromFile(path: string): FoundDelivery | undefined {
  return found(readSmallFile(path), path, () => {
    clearFile(path);
  });
}

function findRoleId(env: NodeJS.ProcessEnv, { roleIdFile }: NamedPlaces): string | undefined {
  const credentials = set(env, 'CREDENTIALS_DIRECTORY');
  const file =
    roleIdFile ?? (credentials === undefined ? undefined : join(credentials, 'backbone-role-id'));
  const content = file === undefined ? undefined : readSmallFile(file);
  return word(content?.trim(), file ?? '') ?? word(set(env, 'BAO_ROLE_ID'), 'BAO_ROLE_ID');
}

function set(env: NodeJS.ProcessEnv, name: string): string | undefined {
  const value = env[name];
  return value === undefined || value === '' ? undefined : value;
}

/**
 * @returns undefined where it is not there, which is what `never-arrived` is for
 * @throws UserError  it cannot be read, or is no plain file
 */
function readSmallFile(path: string): string | undefined {
  let descriptor: number;
  try {
    // Not waiting: a pipe that nobody writes would hold a boot for ever.
    descriptor = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT' || code === 'ENOTDIR') return undefined;
    throw new UserError(`${path} cannot be read (${code ?? 'unknown'})`);
  }
  try {
    if (!fstatSync(descriptor).isFile()) throw new NoDeliveryError(`${path} is no plain file`);
    return readBounded(descriptor, path);
  } finally {
    closeSync(descriptor);
  }
}

/** @throws UserError  there is no such descriptor, or it is a terminal */
function readDescriptor(fd: number): string {
  try {
    return readBounded(fd, `descriptor ${String(fd)}`);
  } catch (error) {
    if (error instanceof UserError) throw error;
    const { code } = error as NodeJS.ErrnoException;
    throw new UserError(`descriptor ${String(fd)} cannot be read (${code ?? 'unknown'})`);
  } finally {
    try {
      closeSync(fd);
    } catch {
      // It was none.
    }
  }
}

function readBounded(descriptor: number, place: string): string {
  const buffer = Buffer.alloc(longestDelivery + 1);
  let length = 0;
  for (;;) {
    const read = readSync(descriptor, buffer, length, buffer.length - length, null);
    length += read;
    if (length > longestDelivery) {
      throw new NoDeliveryError(`${place} holds more than a wrapping token`);
    }
    if (read === 0) return buffer.toString('utf8', 0, length);
  }
}

/** The token is spent and worth nothing; a file that looks like one would only be tried again. */
function clearFile(path: string): void {
  try {
    const descriptor = openSync(path, constants.O_WRONLY | constants.O_NOFOLLOW);
    try {
      writeSync(descriptor, Buffer.alloc(fstatSync(descriptor).size));
      ftruncateSync(descriptor);
    } finally {
      closeSync(descriptor);
    }
    unlinkSync(path);
  } catch {
    // Read-only, as a credential of systemd is, or gone.
  }
}
