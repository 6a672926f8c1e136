import { closeSync, fstatSync, fsyncSync, openSync, rmSync, writeSync, type Stats } from 'node:fs';
import { isatty } from 'node:tty';
import { UserError } from '../../user-error.ts';
import type { Delivery } from './mint.ts';

/** Where a wrapping token goes. Never an argument, and never a terminal. */
export type Way =
  | { readonly kind: 'envelope'; readonly file: string }
  | { readonly kind: 'token'; readonly file: string; readonly roleIdFile?: string }
  | { readonly kind: 'descriptor'; readonly descriptor: number };

/** What a consumer reads: the token, and what it needs to judge it. One line of JSON. */
export function envelope(delivery: Delivery): string {
  const { consumer, roleId, wrappingToken, accessor, expires } = delivery;
  const content = {
    version: 1,
    consumer,
    role_id: roleId,
    wrapping_token: wrappingToken,
    accessor,
    expires,
  };
  return `${JSON.stringify(content)}\n`;
}

/**
 * Refuses before anything is minted what could not be delivered afterwards.
 *
 * @throws UserError
 */
export function checkWay(way: Way): void {
  if (way.kind !== 'descriptor') return;
  const { descriptor } = way;
  if (isatty(descriptor)) {
    throw new UserError(
      `the descriptor ${String(descriptor)} is a terminal, which keeps what it shows: give a pipe or a file`,
    );
  }
  let kind: Stats;
  try {
    kind = fstatSync(descriptor);
  } catch {
    throw new UserError(`the descriptor ${String(descriptor)} is not open`);
  }
  // Node has open descriptors of its own; they are of other kinds.
  if (!kind.isFIFO() && !kind.isFile() && !kind.isSocket()) {
    throw new UserError(
      `the descriptor ${String(descriptor)} is neither a pipe, a socket nor a file`,
    );
  }
}

/** @throws UserError  it could not be handed over; nothing of it is left */
export function deliver(delivery: Delivery, way: Way): void {
  switch (way.kind) {
    case 'envelope':
      writeNew(way.file, envelope(delivery));
      break;
    case 'token':
      if (way.roleIdFile !== undefined) writeNew(way.roleIdFile, `${delivery.roleId}\n`);
      try {
        writeNew(way.file, `${delivery.wrappingToken}\n`);
      } catch (error) {
        if (way.roleIdFile !== undefined) rmSync(way.roleIdFile, { force: true });
        throw error;
      }
      break;
    case 'descriptor':
      writeAll(way.descriptor, envelope(delivery));
  }
}

/** A file that was not there before, for its owner alone, whole on disk or not there. */
function writeNew(file: string, content: string): void {
  let descriptor: number;
  try {
    descriptor = openSync(file, 'wx', 0o600);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw new UserError(
      code === 'EEXIST'
        ? `${file} is there already, and may be waited for: not overwritten`
        : `${file} cannot be made (${code ?? 'unknown'})`,
    );
  }
  try {
    writeSync(descriptor, content);
    fsyncSync(descriptor);
  } catch (error) {
    rmSync(file, { force: true });
    throw new UserError(`${file} cannot be written (${codeOf(error)})`);
  } finally {
    closeSync(descriptor);
  }
}

function writeAll(descriptor: number, content: string): void {
  try {
    writeSync(descriptor, content);
  } catch (error) {
    throw new UserError(
      `the descriptor ${String(descriptor)} cannot be written (${codeOf(error)})`,
    );
  }
}

function codeOf(error: unknown): string {
  return (error as NodeJS.ErrnoException).code ?? 'unknown';
}
