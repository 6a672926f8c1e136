import { connect, createServer } from 'node:net';
import { UserError } from '../../user-error.ts';

/**
 * Gives sessions to the children of one process, over a Unix socket in a directory of this user: they get
 * sessions as long as that process lives, and never see who it is to OpenBao.
 *
 * @param give  the credential_process JSON; a failure reaches the child as its message
 * @returns     ends it
 */
export async function serveSessions(
  path: string,
  give: () => Promise<string>,
): Promise<() => void> {
  const server = createServer((socket) => {
    socket.on('error', () => undefined);
    give().then(
      (json) => socket.end(JSON.stringify({ json })),
      (error: unknown) => {
        const message = error instanceof UserError ? error.message : 'no session could be made';
        if (!(error instanceof UserError)) process.stderr.write(`backbone: ${String(error)}\n`);
        socket.end(JSON.stringify({ error: message }));
      },
    );
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', (error) => {
      reject(new UserError(`no socket can be made at ${path}: ${error.message}`));
    });
    server.listen(path, resolve);
  });
  // It waits for its child, not for who might ask.
  server.unref();
  return () => server.close();
}

/** @throws UserError  what the serving process says, or it is gone */
export function fetchSession(path: string): Promise<string> {
  return new Promise((resolve, reject) => {
    let answer = '';
    const socket = connect(path);
    socket.setEncoding('utf8');
    socket.on('data', (chunk: string) => (answer += chunk));
    const gone = () => {
      reject(new UserError('`backbone exec`, which gave the sessions, is gone: start it again'));
    };
    socket.once('error', gone);
    socket.once('end', () => {
      try {
        const { json, error } = JSON.parse(answer) as { json?: unknown; error?: unknown };
        if (typeof json === 'string') resolve(json);
        else reject(new UserError(typeof error === 'string' ? error : 'no session was given'));
      } catch {
        gone();
      }
    });
  });
}
