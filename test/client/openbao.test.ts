import { createServer } from 'node:https';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { createCa, issue } from '../../lab/pki.ts';
import { call, OpenBaoError, type Call } from '../../src/client/openbao.ts';
import { mayRepeat, outcomeOf, waitBefore } from '../../src/client/retry.ts';

// A loaded machine is slow, and that is no finding.
vi.setConfig({ testTimeout: 120_000 });

/** Doubles of nodes that answer what is documented and a real one cannot be made to say on demand. */
interface Node {
  readonly address: string;
  /** Requests that came to it, e.g. `POST aws/sts/x`. */
  readonly seen: string[];
}
type Behaviour = (response: ServerResponse, request: IncomingMessage) => void;

let ca: string;
let tls: { readonly cert: string; readonly key: string };
const closing: (() => void)[] = [];

beforeAll(async () => {
  const authority = await createCa('Test CA');
  const leaf = await issue(authority, { commonName: 'node', addresses: ['127.0.0.1'] });
  ca = authority.certificate;
  tls = { cert: leaf.certificate, key: leaf.privateKey };
});
afterEach(() => {
  for (const close of closing.splice(0)) close();
});
afterAll(() => {
  expect(closing).toEqual([]);
});

async function node(...behaviours: readonly Behaviour[]): Promise<Node> {
  const seen: string[] = [];
  const server = createServer(tls, (request, response) => {
    const behaviour = behaviours[Math.min(seen.length, behaviours.length - 1)];
    seen.push(`${request.method ?? ''} ${request.url?.replace('/v1/', '') ?? ''}`);
    behaviour?.(response, request);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  closing.push(() => {
    server.close();
    server.closeAllConnections();
  });
  const own = server.address();
  if (own === null || typeof own === 'string') throw new Error('no port');
  return { address: `https://127.0.0.1:${String(own.port)}`, seen };
}

const says =
  (status: number, body: unknown, headers: Record<string, string> = {}): Behaviour =>
  (response) => {
    response.writeHead(status, headers).end(JSON.stringify(body));
  };
const answers = says(200, { data: { by: 'this node' } });
const sealed = says(503, { errors: ['Vault is sealed'] });
const orphan = says(500, {
  errors: ['local node not active but active cluster node not found'],
});
const busy = says(429, { errors: ['request path "x": rate limit quota exceeded'] });
const breaksOff: Behaviour = (response) => response.socket?.destroy();
const dead = { address: 'https://127.0.0.1:1', seen: [] };

const ask = (asked: Call, { address }: Node, ...others: readonly Node[]) =>
  call({ address, standbys: others.map((one) => one.address), ca, token: 'canary-token' }, asked);
const mint: Call = { method: 'POST', path: 'aws/sts/x', body: { ttl: 'canary-body' } };
const read: Call = { method: 'GET', path: 'sys/mounts' };

async function refusal(asked: Promise<unknown>): Promise<OpenBaoError> {
  const error: unknown = await asked.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (!(error instanceof OpenBaoError)) throw new Error(`no OpenBaoError: ${String(error)}`);
  expect(error.message).not.toContain('canary');
  return error;
}

describe('another node is asked', () => {
  it.each([
    ['is sealed', sealed],
    ['is a standby that knows no leader', orphan],
    ['sends elsewhere', says(307, {}, { location: 'https://127.0.0.1:1/v1/aws/sts/x' })],
    ['is busy', busy],
  ])('where one %s, for a mint, too', async (_, behaviour) => {
    const first = await node(behaviour);
    const second = await node(answers);
    expect(await ask(mint, first, second)).toMatchObject({ data: { by: 'this node' } });
    expect([first.seen.length, second.seen.length]).toEqual([1, 1]);
    // And first the next time.
    await ask(mint, first, second);
    expect([first.seen.length, second.seen.length]).toEqual([1, 2]);
  });

  it('where nobody listens', async () => {
    expect(await ask(mint, dead, await node(answers))).toBeDefined();
  });

  it('where a read was broken off, and not where a mint was: it may have been made', async () => {
    const second = await node(answers);
    expect(await ask(read, await node(breaksOff), second)).toBeDefined();
    const first = await node(breaksOff);
    const lost = await refusal(ask(mint, first, second));
    expect(lost).toMatchObject({ outcome: 'lost', status: undefined });
    expect(lost.message).toContain('may have been carried out: not sent again');
    expect([first.seen.length, second.seen.length]).toEqual([1, 1]);
  });

  it('and not where one refused, whatever it was', async () => {
    const second = await node(answers);
    for (const status of [400, 403, 405, 500, 502]) {
      const refused = await refusal(
        ask(read, await node(says(status, { errors: ['no'] })), second),
      );
      expect(refused).toMatchObject({ status, outcome: 'answered' });
    }
    expect(second.seen).toEqual([]);
  });

  it('and not one of another CA', async () => {
    const other = await createCa('Other CA');
    const second = await node(answers);
    const asked = call({ address: second.address, ca: other.certificate, token: 'canary' }, read);
    expect(await refusal(asked)).toMatchObject({ outcome: 'not taken' });
    expect(second.seen).toEqual([]);
  });
});

describe('the same node is asked again', () => {
  it('until it takes the request, a few times', async () => {
    const waking = await node(sealed, orphan, answers);
    expect(await ask(mint, waking)).toBeDefined();
    expect(waking.seen).toHaveLength(3);
    const asleep = await node(sealed);
    const refused = await refusal(ask(mint, asleep));
    expect(refused).toMatchObject({ status: 503, outcome: 'not taken' });
    expect(asleep.seen).toHaveLength(3);
  });

  it('of several that fail, each is named', async () => {
    const first = await node(sealed);
    const refused = await refusal(ask(mint, first, dead));
    expect(refused.message).toContain(`${first.address} refused`);
    expect(refused.message).toContain(dead.address);
  });
});

describe('an answer', () => {
  it("carries the server's clock, a refusal too", async () => {
    const date = 'Tue, 24 Nov 2026 12:00:00 GMT';
    const set = await node(says(200, { data: {} }, { date }));
    expect(await ask(read, set)).toMatchObject({ date: Date.parse(date) });
    const refused = await node(says(403, { errors: ['permission denied'] }, { date }));
    expect(await refusal(ask(read, refused))).toMatchObject({ date: Date.parse(date) });
  });

  it('that is hostile becomes one plain line', async () => {
    const errors = ['\u001b[31mred\r\n\u0007', 'x'.repeat(100_000)];
    const { message } = await refusal(ask(read, await node(says(400, { errors }))));
    expect(message).toMatch(/^[\x20-\x7e]{1,1200}$/);
  });

  it.each(['', '{', 'null', '[]', '"text"', '{"data":'])('%j is refused', async (text) => {
    const broken = await node((response) => {
      response.writeHead(200).end(text);
    });
    await ask(read, broken).then(
      (answer) => {
        expect(answer?.data).toBeUndefined();
      },
      (error: unknown) => {
        expect(error).toBeInstanceOf(OpenBaoError);
      },
    );
  });
});

describe('what may be repeated', () => {
  it('is a mint only where it certainly was not made', () => {
    expect(
      ['answered', 'not taken', 'too many', 'lost'].map((outcome) => [
        outcome,
        mayRepeat(outcome as 'lost', 'POST'),
        mayRepeat(outcome as 'lost', 'GET'),
      ]),
    ).toEqual([
      ['answered', false, false],
      ['not taken', true, true],
      ['too many', true, true],
      ['lost', false, true],
    ]);
    expect(outcomeOf(500, 'internal error')).toBe('answered');
  });

  it('waits longer each time, as long as a 429 asks, and never for ever', () => {
    expect(waitBefore(1, 0)).toBeGreaterThan(waitBefore(0, 0));
    expect(waitBefore(0, 0, '3')).toBe(3000);
    expect(waitBefore(0, 0.999, '86400')).toBe(10_000);
    for (const nonsense of ['', '-1', 'soon', '1e9', '٣']) {
      expect(waitBefore(0, 0, nonsense)).toBe(250);
    }
  });
});
