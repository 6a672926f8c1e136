import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { UserError } from '../../user-error.ts';

/** Waits on the loopback for the browser to come back. */
export interface CodeListener {
  readonly redirectUri: string;
  /**
   * @param wait  milliseconds
   * @throws UserError  the provider refused, or nobody came
   */
  readonly code: (state: string, wait: number) => Promise<string>;
  readonly close: () => void;
}

const path = '/oidc/callback';

/** @throws UserError  the port is taken */
export async function listenForCode(port: number): Promise<CodeListener> {
  const server = createServer();
  await listening(server, port);
  const address = server.address() as AddressInfo;
  return {
    redirectUri: `http://localhost:${String(address.port)}${path}`,
    code: (state, wait) => codeOf(server, state, wait),
    close: () => {
      server.close();
      server.closeAllConnections();
    },
  };
}

function listening(server: Server, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => {
      reject(
        new UserError(
          `the port ${String(port)} for the way back from the browser cannot be had ` +
            `(${error.code ?? 'unknown'}): choose another with --port`,
        ),
      );
    });
    server.listen(port, '127.0.0.1', resolve);
  });
}

/** A request with another state is somebody else's: it is answered and changes nothing. */
function codeOf(server: Server, state: string, wait: number): Promise<string> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => {
      reject(new UserError('nobody came back from the browser in time; nobody is logged in'));
    }, wait);
    server.on('request', (request, response) => {
      const url = new URL(request.url ?? '/', 'http://localhost');
      const mine =
        request.method === 'GET' &&
        url.pathname === path &&
        url.searchParams.get('state') === state;
      const code = url.searchParams.get('code');
      const refused = url.searchParams.get('error');
      response.writeHead(mine ? 200 : 404, {
        'Content-Type': 'text/plain; charset=utf-8',
        'Cache-Control': 'no-store',
        Connection: 'close',
      });
      if (!mine) {
        response.end('not found\n');
        return;
      }
      response.end('You can close this window and go back to the terminal.\n');
      clearTimeout(timer);
      if (code !== null && code !== '') resolve(code);
      else reject(new UserError(`the provider refused: ${printable(refused ?? 'no code came')}`));
    });
  });
}

function printable(text: string): string {
  return text.replaceAll(/[^\x20-\x7e]+/g, '?').slice(0, 200);
}
