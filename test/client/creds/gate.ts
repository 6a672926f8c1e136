import { connect, createServer, type Socket } from 'node:net';

/** A way to a server that a test opens and closes: what comes is held until it is let through. */
export interface Gate {
  /** Same certificate, other port. */
  readonly address: string;
  /** Connections that came so far. */
  readonly arrived: () => number;
  /** Resolves when that many have come. */
  readonly until: (count: number) => Promise<void>;
  /** Lets through what comes from now on; what was held stays held until its client goes. */
  readonly open: () => void;
  readonly close: () => Promise<void>;
}

/** @param from  source address of what is let through */
export async function gateTo(address: string, from: string): Promise<Gate> {
  const { hostname, port } = new URL(address);
  const sockets = new Set<Socket>();
  const waiting: { readonly count: number; readonly go: () => void }[] = [];
  let arrived = 0;
  let isOpen = false;
  const keep = (socket: Socket) => {
    sockets.add(socket);
    socket.on('error', () => undefined);
    socket.once('close', () => sockets.delete(socket));
  };
  const server = createServer((client) => {
    keep(client);
    arrived += 1;
    for (const { count, go } of waiting) if (arrived >= count) go();
    if (!isOpen) return;
    const upstream = connect({ port: Number(port), host: hostname, localAddress: from });
    keep(upstream);
    client.pipe(upstream).pipe(client);
    client.once('close', () => upstream.destroy());
    upstream.once('close', () => client.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const own = server.address();
  if (own === null || typeof own === 'string') throw new Error('no port');
  return {
    address: `https://127.0.0.1:${String(own.port)}`,
    arrived: () => arrived,
    until: (count) =>
      arrived >= count
        ? Promise.resolve()
        : new Promise((go) => {
            waiting.push({ count, go });
          }),
    open: () => {
      isOpen = true;
    },
    close: async () => {
      for (const socket of sockets) socket.destroy();
      await new Promise((done) => server.close(done));
    },
  };
}
