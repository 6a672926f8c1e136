import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { once } from 'node:events';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { SharedFailure, singleFlight } from '../../../src/client/creds/single-flight.ts';
import { UserError } from '../../../src/user-error.ts';

// A loaded machine is slow, and that is no finding.
vi.setConfig({ testTimeout: 120_000 });

const name = 'abcdef012345';
let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'flight-'));
});
afterEach(() => {
  rmSync(directory, { recursive: true });
});

/** Another process at work, as the others see it: who connects waits. */
async function atWork(own = `${name}.00000000.s`) {
  const sockets = new Set<Socket>();
  const server: Server = createServer((socket) => sockets.add(socket));
  const waiter = new Promise<void>((resolve) => {
    server.once('connection', () => {
      resolve();
    });
  });
  await new Promise<void>((resolve) => server.listen(join(directory, own), resolve));
  return {
    waiter,
    end: (said?: string) => {
      server.close();
      for (const socket of sockets) {
        if (said === undefined) socket.destroy();
        else socket.end(said);
      }
    },
  };
}

function flight<T>(work: () => Promise<T>, look: () => T | undefined = () => undefined) {
  return { directory, name, look, work };
}
async function turn(until: () => boolean): Promise<void> {
  while (!until()) await new Promise((resolve) => setImmediate(resolve));
}
const never = () => Promise.reject(new Error('two at once'));

describe('a flight', () => {
  it('works where nobody else does, and leaves nothing', async () => {
    expect(await singleFlight(flight(() => Promise.resolve(1)))).toBe(1);
    expect(readdirSync(directory)).toEqual([]);
  });

  it('never has two at work, of any number, and all get what the first made', async () => {
    let working = 0;
    let made: number | undefined;
    let times = 0;
    const all = Array.from({ length: 40 }, () =>
      singleFlight(
        flight(
          async () => {
            working += 1;
            times += 1;
            expect(working).toBe(1);
            await new Promise((resolve) => setImmediate(resolve));
            working -= 1;
            return (made = times);
          },
          () => made,
        ),
      ),
    );
    expect(new Set(await Promise.all(all))).toEqual(new Set([1]));
    expect(times).toBe(1);
    expect(readdirSync(directory)).toEqual([]);
  });

  it('never has two at work when nothing that they make lasts', async () => {
    let working = 0;
    let times = 0;
    const all = Array.from({ length: 12 }, () =>
      singleFlight(
        flight(async () => {
          working += 1;
          times += 1;
          expect(working).toBe(1);
          await new Promise((resolve) => setImmediate(resolve));
          working -= 1;
          return times;
        }),
      ),
    );
    await Promise.all(all);
    expect(times).toBe(12);
  });

  it('of another name does not wait', async () => {
    const other = await atWork('fedcba543210.00000000.s');
    expect(await singleFlight(flight(() => Promise.resolve(1)))).toBe(1);
    other.end();
  });

  it('waits for the one at work, sorted before or after it, and takes what that made', async () => {
    for (const own of [`${name}.00000000.s`, `${name}.ffffffff.s`]) {
      const other = await atWork(own);
      const made: string[] = [];
      const waiting = singleFlight(flight<string>(never, () => made[0]));
      await other.waiter;
      made.push('theirs');
      other.end();
      expect(await waiting).toBe('theirs');
    }
  });

  it('works itself after one that ended without having made anything', async () => {
    const killed = await atWork();
    const waiting = singleFlight(flight(() => Promise.resolve('mine')));
    await killed.waiter;
    killed.end();
    expect(await waiting).toBe('mine');
  });

  it('fails with the one that it waited for', async () => {
    const failing = await atWork();
    const waiting = singleFlight(flight(never));
    await failing.waiter;
    failing.end(JSON.stringify({ failure: 'OpenBao is sealed' }));
    await expect(waiting).rejects.toThrow(new SharedFailure('OpenBao is sealed'));
  });

  it('tells its failure to who waits, and nothing of a bug', async () => {
    for (const [error, told] of [
      [new UserError('refused'), '{"failure":"refused"}'],
      [new Error('canary of a bug'), ''],
    ] as const) {
      let fail: (error: Error) => void = () => undefined;
      const first = singleFlight(flight<string>(() => new Promise((_, reject) => (fail = reject))));
      await turn(() => readdirSync(directory).length > 0);
      const [socket = ''] = readdirSync(directory);
      const waiter = connect(join(directory, socket)).setEncoding('utf8');
      await once(waiter, 'connect');
      // What has connected is accepted in one of the next turns of the loop that both share.
      let turns = 0;
      await turn(() => (turns += 1) > 10);
      const heard: string[] = [];
      waiter.on('data', (chunk: string) => heard.push(chunk));
      const closed = once(waiter, 'close');
      fail(error);
      await expect(first).rejects.toThrow(error);
      await closed;
      expect(heard.join('')).toBe(told);
    }
  });

  it('is not stopped by nonsense, nor by a socket that a killed one left', async () => {
    const talker = await atWork();
    const waiting = singleFlight(flight(() => Promise.resolve('mine')));
    await talker.waiter;
    talker.end('{"failure":5}');
    expect(await waiting).toBe('mine');
    const { execFileSync } = await import('node:child_process');
    const path = join(directory, `${name}.11111111.s`);
    const script = `require('net').createServer().listen(${JSON.stringify(path)}, () => process.kill(process.pid, 'SIGKILL'))`;
    expect(() => execFileSync(process.execPath, ['-e', script])).toThrow();
    expect(existsSync(path)).toBe(true);
    expect(await singleFlight(flight(() => Promise.resolve('mine')))).toBe('mine');
  });

  it('waits no longer than its patience for one that is stopped', async () => {
    const stopped = await atWork();
    const work = () => Promise.resolve('mine');
    expect(await singleFlight({ ...flight(work), patience: 50 })).toBe('mine');
    stopped.end();
  });

  it('goes on where there is no place for a socket', async () => {
    const gone = { ...flight(() => Promise.resolve('mine')), directory: join(directory, 'none') };
    await expect(singleFlight(gone)).resolves.toBe('mine');
  });

  it('has sockets in a directory of a long name, too', async () => {
    if (process.platform !== 'linux') return;
    const deep = mkdtempSync(join(directory, 'x'.repeat(150)));
    const options = { ...flight(() => Promise.resolve('mine')), directory: deep };
    expect(await singleFlight(options)).toBe('mine');
    expect(readdirSync(deep)).toEqual([]);
  });
});
