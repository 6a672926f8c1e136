import { existsSync } from 'node:fs';
import { createServer, request, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createCa, issue } from '../../../lab/pki.ts';
import { ledgerOf, letBeLate, secretIdsOf, until } from '../acts.ts';
import { addresses, deploy, type Deployed } from '../deployed.ts';

/**
 * A node of OpenBao whose answers get lost: it hands every request to the real one, and does with the answer of a
 * mint what the test wants.
 */
interface LossyNode {
  readonly contract: string;
  /** What becomes of the answer to a mint: the connection is cut, or nothing is ever said. */
  loses: 'cut' | 'silent';
  readonly minted: () => number;
  readonly close: () => void;
}

async function lossyNode(deployed: Deployed): Promise<LossyNode> {
  const ca = await createCa('Lossy CA');
  const leaf = await issue(ca, { commonName: 'lossy', addresses: ['127.0.0.1'] });
  let minted = 0;
  const server: Server = createServer(
    { cert: leaf.certificate, key: leaf.privateKey },
    (incoming, outgoing) => {
      const { url = '', method, headers, socket } = incoming;
      const forward = request(
        `${deployed.server.address}${url}`,
        {
          method,
          headers,
          ca: deployed.server.ca,
          localAddress: socket.remoteAddress,
          agent: false,
        },
        (answer) => {
          if (!url.endsWith('/unpoller/secret-id')) {
            outgoing.writeHead(answer.statusCode ?? 500, answer.headers);
            answer.pipe(outgoing);
            return;
          }
          answer.resume();
          answer.once('end', () => {
            minted += 1;
            if (node.loses === 'cut') socket.destroy();
          });
        },
      );
      forward.once('error', () => socket.destroy());
      incoming.pipe(forward);
    },
  );
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = `https://127.0.0.1:${String((server.address() as AddressInfo).port)}`;
  const contract = await deployed.contractFile(undefined, (real) => ({
    ...real,
    openbao: { addresses: [address], caCertificate: ca.certificate },
  }));
  const node: LossyNode = {
    contract,
    loses: 'cut',
    minted: () => minted,
    close: () => {
      server.close();
      server.closeAllConnections();
    },
  };
  return node;
}

let deployed: Deployed;
let node: LossyNode;
let issuerToken: string;
let home: string;
let out: string;
beforeAll(async () => {
  deployed = await deploy();
  node = await lossyNode(deployed);
  issuerToken = await deployed.tokenOf('secret-id-issuer');
});
afterAll(async () => {
  node.close();
  await deployed.stop();
});
beforeEach(async () => {
  home = await deployed.home();
  out = join(home, 'out');
});

const options = (contract?: string) => ({
  env: { BAO_TOKEN: issuerToken },
  localAddress: addresses.issuer,
  home,
  ...(contract === undefined ? {} : { contract }),
});
const issueTo = () => ['secret-id', 'issue', 'unpoller', '--out', out];

async function expectLost(): Promise<void> {
  expect(await ledgerOf(home)).toMatchObject([{ event: 'intended', consumer: 'unpoller' }]);
  expect(existsSync(out)).toBe(false);
  const listed = await deployed.bundle(['secret-id', 'list', '--json'], options());
  expect(JSON.parse(listed.stdout)).toMatchObject([{ consumer: 'unpoller', state: 'lost' }]);
  const swept = await deployed.bundle(['secret-id', 'sweep'], options());
  expect(swept).toMatchObject({ exitCode: 0 });
}

describe('a mint whose answer is lost', () => {
  it('is made once, stands in the ledger, and nobody has it', async () => {
    node.loses = 'cut';
    const before = node.minted();
    const done = await deployed.bundle(issueTo(), options(node.contract));
    expect(done.exitCode).toBe(1);
    expect(done.stderr).toContain('may have been carried out');
    expect(node.minted()).toBe(before + 1);
    await expectLost();
  });

  it('stands there as well when its process is killed meanwhile', async () => {
    node.loses = 'silent';
    const before = node.minted();
    const { process } = await deployed.started(issueTo(), options(node.contract));
    await until(() => Promise.resolve(node.minted() > before ? true : undefined));
    process.kill('SIGKILL');
    await process;
    await expectLost();
  });
});

describe('a mint that the server refuses', () => {
  it('leaves nothing open', async () => {
    const contract = await deployed.contractFile(undefined, (real) => ({
      ...real,
      wrapTtl: { min: 1, max: 86_400 },
    }));
    const done = await deployed.bundle([...issueTo(), '--wrap-ttl', '2h'], options(contract));
    expect(done.exitCode).toBe(1);
    expect(done.stderr).toContain('403');
    expect((await ledgerOf(home)).map(({ event }) => event)).toEqual(['intended', 'refused']);
    const listed = await deployed.bundle(['secret-id', 'list', '--json'], options());
    expect(JSON.parse(listed.stdout)).toEqual([]);
  });
});

describe('a ledger that cannot be written', () => {
  it('lets nothing be minted', async () => {
    const before = await secretIdsOf(deployed, 'unpoller');
    const env = { BAO_TOKEN: issuerToken, XDG_STATE_HOME: '/dev/null' };
    const done = await deployed.bundle(issueTo(), { ...options(), env });
    expect(done.exitCode).toBe(1);
    expect(done.stderr).toContain('cannot be used');
    expect(done.stderr).not.toContain('    at ');
    expect(await secretIdsOf(deployed, 'unpoller')).toEqual(before);
  });

  it('lets nothing out when it is full only then', async () => {
    const before = await secretIdsOf(deployed, 'unpoller');
    const { env, file } = await deployed.environment(options());
    const { execa } = await import('execa');
    // Room for the intent and not for what follows; a file that grows beyond it is cut short.
    const limited = 'ulimit -f 1; trap "" XFSZ; exec "$@"';
    const state = join(home, '.local/state/credential-backbone');
    const { mkdir, writeFile } = await import('node:fs/promises');
    await mkdir(state, { recursive: true });
    await writeFile(join(state, 'ledger.jsonl'), '\n'.repeat(750), { mode: 0o600 });
    const command = ['-c', limited, 'bash', process.execPath, file, ...issueTo()];
    const done = await execa('bash', command, { env, extendEnv: false, reject: false });
    expect(done.exitCode).toBe(1);
    expect(done.stderr).toMatch(/ledger .* (could not take a line|cannot be used)/);
    expect(existsSync(out)).toBe(false);
    expect(await secretIdsOf(deployed, 'unpoller')).toEqual(before);
    expect((await deployed.bundle(['secret-id', 'sweep'], options())).exitCode).toBe(0);
  });
});

describe('an OpenBao that is down', () => {
  it('mints nothing and says so; what was issued before is swept afterwards', async () => {
    await deployed.bundle([...issueTo()], options());
    await deployed.server.stop();
    const done = await deployed.bundle(
      ['secret-id', 'issue', 'grafana', '--out', `${out}2`],
      options(),
    );
    expect(done.exitCode).toBe(1);
    expect(done.stderr).toContain('cannot reach OpenBao');
    expect((await deployed.bundle(['secret-id', 'sweep'], options())).exitCode).toBe(1);
    await deployed.server.start();
    const minted = (await ledgerOf(home)).find(({ event }) => event === 'minted');
    await letBeLate(home);
    expect((await deployed.bundle(['secret-id', 'sweep'], options())).exitCode).toBe(0);
    expect(await secretIdsOf(deployed, 'unpoller')).not.toContain(minted?.['accessor']);
  });
});
