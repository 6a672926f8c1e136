import { spawn, type ChildProcess } from 'node:child_process';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createCa, issue } from '../../lab/pki.ts';
import { freePorts } from '../../lab/processes/port.ts';
import { buildBroker } from '../../src/bundle/broker.ts';
import { exchange } from '../../src/client/transport.ts';
import { resolveContract } from '../../src/model/contract.ts';
import { declare, input, type DeclarationInput } from '../fixtures/declaration.ts';
import { addresses, deploy, type Deployed } from '../client/deployed.ts';
import { app, runGithub, type RunningDouble } from '../lab/github/running-double.ts';

/** Addresses of whoever is new here. */
export const here = { broker: '127.0.2.70', pusher: '127.0.2.71', agent: '127.0.2.72' } as const;

/** A real OpenBao, GitHub's double, and the broker as it is shipped between them. */
export interface Site {
  readonly deployed: Deployed;
  readonly github: RunningDouble;
  readonly url: string;
  /** PEM. */
  readonly brokerCa: string;
  /** Everything that the broker printed. */
  readonly printed: () => string;
  readonly audit: () => readonly Readonly<Record<string, unknown>>[];
  readonly pid: () => number;
  readonly state: string;
  /** Token of the broker's own identity. */
  readonly brokerToken: () => Promise<string>;
  /** What `call` sends, by whom. */
  readonly call: (
    method: string,
    path: string,
    asked: {
      readonly body?: unknown;
      readonly proof?: string;
      readonly from?: string;
      readonly key?: string;
      readonly certificate?: { readonly certificate: string; readonly key: string };
    },
  ) => Promise<{
    readonly status: number;
    readonly body: Record<string, unknown>;
    readonly retryAfter: string | undefined;
  }>;
  readonly proofOf: (name: 'agent' | 'pusher') => Promise<string>;
  /** A contract file of that consumer, with the CAs of this site. */
  readonly contractFile: (consumer?: string) => Promise<string>;
  readonly kill: (signal: NodeJS.Signals) => Promise<void>;
  readonly start: () => Promise<void>;
  readonly stop: () => Promise<void>;
}

const token = { ttl: '15m', maxTtl: '1h' };

export async function openSite(): Promise<Site> {
  const github = await runGithub();
  const [port = 0] = await freePorts(1);
  const url = `https://${here.broker}:${String(port)}`;
  const only = (address: string) => [`${address}/32`];
  const deployed = await deploy({
    declare: (address) => {
      const consumers: DeclarationInput['consumers'] = {
        broker: {
          kind: 'lxc',
          container: { vmid: 140, address: here.broker },
          grants: [{ broker: 'github' }],
          ...{ token, secretIdTtl: '10m' },
        },
        pusher: {
          kind: 'lxc',
          container: { vmid: 141, address: here.pusher },
          grants: [{ github: 'homelab' }],
          ...{ token, secretIdTtl: '10m' },
        },
        agent: {
          kind: 'agent',
          from: only(here.agent),
          grants: [{ github: 'homelab' }, { github: 'maker' }],
          ...{ token, secretIdTtl: '10m' },
        },
        alice: {
          kind: 'operator',
          from: only(addresses.alice),
          grants: [{ profile: 'unifi' }],
          ...{ token, secretIdTtl: '10m' },
        },
      };
      return declare({
        openbao: {
          ...input.openbao,
          address,
          identities: {
            apply: { from: only(addresses.alice) },
            plan: { from: only(addresses.alice) },
            issuer: { from: only(addresses.alice) },
            responder: { from: only(addresses.alice) },
          },
          wrapTtl: { min: '1s', max: '10m' },
        },
        consumers,
        github: {
          enabled: true,
          clientId: app.clientId,
          apiUrl: github.double.apiUrl,
          webUrl: github.double.url,
          broker: { url, tokensPerMinute: 600 },
          accounts: {
            'example-org': { installation: 71, kind: 'organization' },
            someone: { installation: 72, kind: 'user' },
          },
          contexts: {
            homelab: {
              account: 'example-org',
              repositories: ['homelab'],
              permissions: { contents: 'write' },
            },
            maker: {
              account: 'example-org',
              repositories: ['homelab'],
              verbs: ['create-repo', 'add-deploy-key', 'set-secret'],
            },
            dotfiles: {
              account: 'someone',
              repositories: ['dotfiles'],
              permissions: { contents: 'read' },
            },
          },
        },
      });
    },
  });
  const { directory, backbone, server } = deployed;
  const ca = await createCa('Broker CA');
  const tls = await issue(ca, { commonName: 'broker', addresses: [here.broker] });
  const file = join(directory, 'github-broker.cjs');
  await buildBroker(file);
  const state = join(directory, 'broker-state');
  await mkdir(state, { mode: 0o700 });
  const at = (name: string) => join(directory, name);
  await writeFile(at('broker.pem'), tls.certificate);
  await writeFile(at('broker.key'), tls.privateKey, { mode: 0o600 });

  let contracts = 0;
  const contractFile = async (name?: string) => {
    const consumer = backbone.consumers.find((one) => one.name === name);
    contracts += 1;
    const path = at(`site-contract-${String(contracts)}.json`);
    const cas = { broker: ca.certificate, api: github.ca };
    await writeFile(
      path,
      JSON.stringify(resolveContract(backbone, server.ca, consumer, { github: cas })),
    );
    return path;
  };
  const tokenFile = at('broker-token');
  const login = async (name: string, from: string) => {
    const { paths } = backbone.consumers.find((one) => one.name === name) ?? { paths: undefined };
    if (paths === undefined) throw new Error(`no consumer ${name}`);
    const role_id = ((await deployed.admin('GET', paths.roleId))['data'] as Record<string, string>)[
      'role_id'
    ];
    const secret_id = (
      (await deployed.admin('POST', paths.secretId))['data'] as Record<string, string>
    )['secret_id'];
    const { auth } = await deployed.admin(
      'POST',
      'auth/approle/login',
      { role_id, secret_id },
      { token: undefined as never, from },
    );
    return (auth as { client_token: string }).client_token;
  };
  let output = '';
  let child: ChildProcess | undefined;
  const contract = await contractFile('broker');
  const listening = () =>
    exchange({
      ...{ url: `${url}/health`, method: 'GET', headers: {}, body: undefined, ca: ca.certificate },
      ...{ clientCertificate: undefined, localAddress: here.agent, patience: 10_000 },
    });
  const start = async () => {
    await writeFile(tokenFile, await login('broker', here.broker), { mode: 0o600 });
    const started = spawn(process.execPath, [file], {
      env: {
        PATH: process.env['PATH'],
        BACKBONE_CONTRACT: contract,
        BACKBONE_SOURCE_ADDRESS: here.broker,
        BAO_TOKEN_FILE: tokenFile,
        BROKER_TLS_CERTIFICATE: at('broker.pem'),
        BROKER_TLS_KEY: at('broker.key'),
        BROKER_STATE: state,
        BROKER_REVOCATIONS_EVERY: '1',
      },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    child = started;
    const collect = (chunk: Buffer) => {
      output += chunk.toString('utf8');
    };
    started.stdout.on('data', collect);
    started.stderr.on('data', collect);
    for (;;) {
      if (started.exitCode !== null) throw new Error(`the broker ended: ${output}`);
      if (
        await listening().then(
          () => true,
          () => false,
        )
      )
        return;
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  };
  const kill = (signal: NodeJS.Signals) =>
    new Promise<void>((resolve) => {
      if (child?.exitCode !== null || child.signalCode !== null) {
        resolve();
        return;
      }
      child.once('exit', () => {
        resolve();
      });
      child.kill(signal);
    });
  const stop = async () => {
    await kill('SIGKILL');
    await github.stop();
    await deployed.stop();
  };
  try {
    await start();
  } catch (error) {
    await stop();
    throw error;
  }
  const proofOf = async (name: 'agent' | 'pusher') => {
    const from = here[name];
    const answer = await deployed.ask({
      ...{ method: 'GET', path: 'identity/oidc/token/github-broker', from },
      token: await login(name, from),
    });
    return (answer.body['data'] as { token: string }).token;
  };
  return {
    ...{ deployed, github, url, state, contractFile, kill, start, stop, proofOf },
    brokerCa: ca.certificate,
    printed: () => output,
    audit: () =>
      output
        .split('\n')
        .filter((line) => line.startsWith('{'))
        .map((line) => JSON.parse(line) as Record<string, unknown>),
    pid: () => child?.pid ?? 0,
    brokerToken: async () => (await readFile(tokenFile, 'utf8')).trim(),
    call: async (method, path, { body, proof, from = here.agent, key, certificate }) => {
      const answer = await exchange({
        url: `${url}${path}`,
        method,
        headers: {
          ...(body === undefined ? {} : { 'content-type': 'application/json' }),
          ...(proof === undefined ? {} : { authorization: `Bearer ${proof}` }),
          ...(key === undefined ? {} : { 'idempotency-key': key }),
        },
        body:
          body === undefined ? undefined : typeof body === 'string' ? body : JSON.stringify(body),
        ca: ca.certificate,
        clientCertificate: certificate,
        localAddress: from,
        patience: 60_000,
      });
      let json: Record<string, unknown> = {};
      try {
        json = JSON.parse(answer.text) as Record<string, unknown>;
      } catch {
        // Metrics are text, and some answers are empty.
      }
      return { status: answer.status, body: json, retryAfter: answer.retryAfter };
    },
  };
}
