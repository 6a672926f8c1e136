import { closeSync, openSync } from 'node:fs';
import { connect, createServer, type Socket } from 'node:net';
import { join } from 'node:path';
import { UserError } from '../../user-error.ts';

/** A socket that says: this process is at work. */
export interface Announced {
  /** Ends it, and tells all who wait, with why the work failed if it did. The first call counts. */
  close(failure?: string): void;
}

/** How another's flight ended; without a failure it succeeded, gave way or was killed. */
export interface End {
  readonly failure?: string;
}

/** @throws Error  no socket can be made there */
export function announce(directory: string, name: string): Promise<Announced> {
  const place = socketPlace(directory, name);
  const waiting = new Set<Socket>();
  const server = createServer((socket) => {
    waiting.add(socket);
    socket.on('error', () => undefined);
    socket.once('close', () => waiting.delete(socket));
    socket.resume();
  });
  let closed = false;
  const announced: Announced = {
    close: (failure) => {
      if (closed) return;
      closed = true;
      server.close(place.release);
      for (const socket of waiting) {
        if (failure === undefined) socket.destroy();
        else socket.end(JSON.stringify({ failure }), () => socket.destroy());
      }
    },
  };
  return new Promise((resolve, reject) => {
    server.once('error', (error) => {
      place.release();
      reject(error);
    });
    server.listen(place.path, () => {
      resolve(announced);
    });
  });
}

/** Longest report of a failure that is read. */
const longest = 8_192;

/**
 * Connects to another's socket.
 *
 * @returns `dead` where nobody listens; else how to wait for its end
 */
export function waitFor(
  directory: string,
  name: string,
): Promise<'dead' | ((deadline: number) => Promise<End>)> {
  const place = socketPlace(directory, name);
  return new Promise((resolve) => {
    const socket = connect(place.path);
    let heard = '';
    const end = new Promise<End>((ended) => {
      socket.on('data', (chunk: Buffer) => {
        heard = (heard + chunk.toString('utf8')).slice(0, longest);
      });
      socket.once('close', () => {
        ended(endOf(heard));
      });
    });
    socket.once('connect', () => {
      place.release();
      // What waits holds this process up, and nothing else does: an unwaited one does not.
      socket.unref();
      resolve(async (deadline) => {
        socket.ref();
        const timer = setTimeout(() => socket.destroy(), Math.max(0, deadline - Date.now()));
        try {
          return await end;
        } finally {
          clearTimeout(timer);
        }
      });
    });
    socket.on('error', (error: NodeJS.ErrnoException) => {
      place.release();
      // Too many wait already: it lives, and is asked again.
      if (error.code === 'EAGAIN') resolve(() => new Promise((done) => setTimeout(done, 50, {})));
      else resolve('dead');
    });
  });
}

function endOf(heard: string): End {
  try {
    const { failure } = JSON.parse(heard) as { failure?: unknown };
    return typeof failure === 'string' ? { failure } : {};
  } catch {
    return {};
  }
}

/** Bytes of `sun_path` on macOS, with its end; Linux has four more (unix(4), unix(7)). */
const longestPath = 103;

/**
 * A path that fits into a socket address. Where the directory's is too long, Linux takes the way by a
 * descriptor of it.
 */
function socketPlace(
  directory: string,
  name: string,
): { readonly path: string; readonly release: () => void } {
  const path = join(directory, name);
  if (Buffer.byteLength(path) <= longestPath) return { path, release: () => undefined };
  if (process.platform !== 'linux') {
    throw new UserError(
      `the cache ${directory} has too long a path for a socket: set XDG_CACHE_HOME to a shorter one`,
    );
  }
  const descriptor = openSync(directory, 'r');
  let open = true;
  return {
    path: `/proc/self/fd/${String(descriptor)}/${name}`,
    release: () => {
      if (open) closeSync(descriptor);
      open = false;
    },
  };
}
