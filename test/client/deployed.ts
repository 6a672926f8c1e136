import { randomUUID } from 'node:crypto';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePorts } from '../../lab/processes/port.ts';
import type { Declaration } from '../../src/config/declaration.ts';
import type { Contract } from '../../src/contract/contract.ts';
import { resolveBackbone, type Backbone } from '../../src/model/backbone.ts';
import { resolveContract } from '../../src/model/contract.ts';
import { approlePaths, mounts, type ProgramIdentity } from '../../src/model/names.ts';
import {
  buildBundle,
  bundleEnv,
  runBundle,
  startBundle,
  type BundleOptions,
  type Outcome,
} from './deployed/bundle.ts';
import { addresses, declareLoopback, type Lives } from './deployed/declaration.ts';
import { makeServerSide, type Made } from './deployed/made.ts';
import { startServer, type Answer, type Request, type Server } from './deployed/server.ts';

export { addresses };

/** Whoever is in the declaration and logs in by AppRole. */
export type Role =
  | Exclude<ProgramIdentity, 'verifier' | 'auditor'>
  | Exclude<keyof typeof addresses, 'thief' | 'apply' | 'plan'>;

export interface ClientOptions extends Partial<BundleOptions> {
  /** Whose contract; absent: that of an operator or launcher. */
  readonly consumer?: string;
}

/** A real OpenBao with everything that the stack `openbao` makes for a small declaration. */
export interface Deployed extends Made {
  readonly server: Server;
  readonly backbone: Backbone;
  /** Of this test file; removed with the server. */
  readonly directory: string;
  /** Nothing listens there. */
  readonly deadAddress: string;
  /** As root, or whoever `token` is. Never throws for a refusal. */
  readonly ask: (request: Request) => Promise<Answer>;
  /** As root; throws for a refusal. Gives the whole answer. */
  readonly admin: (
    method: Request['method'],
    path: string,
    body?: unknown,
    more?: Partial<Request>,
  ) => Promise<Answer['body']>;
  /** Token of an AppRole, from its own address. */
  readonly tokenOf: (role: Role) => Promise<string>;
  /** Token of the operator alice, from her address. */
  readonly operatorToken: () => Promise<string>;
  /** File with a contract; `change` makes another one of it. */
  readonly contractFile: (
    consumer?: string,
    change?: (contract: Contract) => Contract,
  ) => Promise<string>;
  /** An empty directory, as the home of somebody or the state of a host. */
  readonly home: (name?: string) => Promise<string>;
  /** The client as shipped. @default a home of its own, the operator's contract */
  readonly bundle: (args: readonly string[], options?: ClientOptions) => Promise<Outcome>;
  /** The same, started and not waited for: execa's process, in an object as it would be awaited else. */
  readonly started: (
    args: readonly string[],
    options?: ClientOptions,
  ) => Promise<{ readonly process: ReturnType<typeof startBundle> }>;
  /** Environment and file of the client, for tests that start it in another way. */
  readonly environment: (options: Pick<BundleOptions, 'home'> & ClientOptions) => Promise<{
    readonly env: Readonly<Record<string, string>>;
    readonly file: string;
  }>;
  /** Entries of the first audit device, as they stand now. */
  readonly audit: () => Promise<readonly Readonly<Record<string, unknown>>[]>;
  /** Sealed until `restart`. */
  readonly seal: () => Promise<void>;
  readonly restart: () => Promise<void>;
  /** Ends everything and removes the directory. */
  readonly stop: () => Promise<void>;
}

const addressOf: Readonly<Record<Role, string>> = {
  ...addresses,
  'terraform-apply': addresses.apply,
  'terraform-plan': addresses.plan,
  'secret-id-issuer': addresses.issuer,
};

/** @param options.plugins  further stanzas of the server's configuration */
export async function deploy(
  options: Lives & {
    readonly plugins?: (directory: string) => string;
    /** Another declaration than the small one. */
    readonly declare?: (openbaoAddress: string) => Declaration;
  } = {},
): Promise<Deployed> {
  const directory = await mkdtemp(join(tmpdir(), 'backbone-client-'));
  let server: Server | undefined;
  try {
    server = await startServer(directory, options.plugins?.(directory));
    const declared = options.declare ?? ((address: string) => declareLoopback(address, options));
    const backbone = resolveBackbone(declared(server.address));
    const made = await makeServerSide(server, backbone);
    return { ...made, ...(await surface(server, backbone, directory, made)) };
  } catch (error) {
    await server?.stop();
    await rm(directory, { recursive: true, force: true });
    throw error;
  }
}

async function surface(
  server: Server,
  backbone: Backbone,
  directory: string,
  { operator }: Made,
): Promise<Omit<Deployed, keyof Made>> {
  const file = await buildBundle(directory);
  const [deadPort] = await freePorts(1);
  const running: ReturnType<typeof startBundle>[] = [];

  const ask = (request: Request) => server.ask({ token: server.rootToken, ...request });
  /** The answer to `sys/seal` comes while the server still gives up its leadership. */
  const becomesSealed = async () => {
    for (let look = 0; look < 100; look += 1) {
      const health = await ask({ method: 'GET', path: 'sys/health' }).catch(() => undefined);
      if (health?.status === 503) return true;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    return false;
  };
  const admin: Deployed['admin'] = async (method, path, body, more) => {
    const answer = await ask({ method, path, body, ...more });
    if (answer.status < 300) return answer.body;
    throw new Error(`${path}: ${String(answer.status)} ${JSON.stringify(answer.body)}`);
  };
  const login = async (path: string, body: unknown, from: string) => {
    const { auth } = await admin('POST', path, body, { token: undefined, from });
    return (auth as { client_token: string }).client_token;
  };
  const field = async (method: 'GET' | 'POST', path: string, name: string) =>
    ((await admin(method, path))['data'] as Record<string, string>)[name];

  const contractFile: Deployed['contractFile'] = async (consumer, change = (same) => same) => {
    const only = backbone.consumers.find(({ name }) => name === consumer);
    if (consumer !== undefined && only === undefined) throw new Error(`no consumer ${consumer}`);
    const path = join(directory, `contract-${randomUUID()}.json`);
    await writeFile(path, JSON.stringify(change(resolveContract(backbone, server.ca, only))));
    return path;
  };
  const home: Deployed['home'] = async (name = randomUUID()) => {
    const path = join(directory, 'homes', name);
    await mkdir(path, { recursive: true, mode: 0o700 });
    return path;
  };
  const complete = async ({ consumer, ...given }: ClientOptions): Promise<BundleOptions> => ({
    ...given,
    home: given.home ?? (await home()),
    contract: given.contract ?? (await contractFile(consumer)),
  });
  return {
    server,
    backbone,
    directory,
    deadAddress: `https://127.0.0.1:${String(deadPort)}`,
    ask,
    admin,
    tokenOf: async (role) => {
      const paths = approlePaths(role);
      const role_id = await field('GET', paths.roleId, 'role_id');
      const secret_id = await field('POST', paths.secretId, 'secret_id');
      return login(`auth/${mounts.approle}/login`, { role_id, secret_id }, addressOf[role]);
    },
    operatorToken: () =>
      login(
        `auth/${mounts.operator}/login/${operator.name}`,
        { password: operator.password },
        addresses.alice,
      ),
    contractFile,
    home,
    bundle: async (args, given = {}) => runBundle(file, args, await complete(given)),
    started: async (args, given = {}) => {
      const process = startBundle(file, args, await complete(given));
      running.push(process);
      return { process };
    },
    environment: async (given) => ({ env: bundleEnv(await complete(given)), file }),
    audit: async () =>
      (await readFile(server.auditLogs[0], 'utf8'))
        .split('\n')
        .filter((line) => line !== '')
        .map((line) => JSON.parse(line) as Readonly<Record<string, unknown>>),
    seal: async () => {
      // OpenBao 2.7.2 ends at times as the standby of nobody instead: then it is started and told again.
      for (let attempt = 0; attempt < 10; attempt += 1) {
        await admin('POST', 'sys/seal');
        if (await becomesSealed()) return;
        await server.stop();
        await server.start();
      }
      throw new Error('OpenBao cannot be sealed');
    },
    restart: async () => {
      await server.stop();
      await server.start();
    },
    stop: async () => {
      // What a test that was given up has left.
      for (const process of running) process.kill('SIGKILL');
      await server.stop();
      await rm(directory, { recursive: true, force: true });
    },
  };
}
