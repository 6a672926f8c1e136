import { X509Certificate } from 'node:crypto';
import { chmod, mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { execa, type ResultPromise } from 'execa';
import type { Container } from '../../lab/host/container.ts';
import { openHosts, removeHosts, type Hosts } from '../../lab/host/hosts.ts';
import { inNetwork } from '../../lab/host/network.ts';
import { play, type Recap } from '../../lab/host/playbook.ts';
import { envoy } from '../../lab/parts/python.ts';
import { createCa, issue } from '../../lab/pki.ts';
import type { Command } from '../../lab/processes/process.ts';
import { buildBroker } from '../../src/bundle/broker.ts';
import { buildClient } from '../../src/bundle/client.ts';
import { resolveBackbone, type Backbone } from '../../src/model/backbone.ts';
import { resolveContract } from '../../src/model/contract.ts';
import { inventory } from '../../src/model/inventory.ts';
import { envoyBootstrap } from '../../src/proxy/bootstrap.ts';
import { makeServerSide } from '../client/deployed/made.ts';
import { startServer, type Server } from '../client/deployed/server.ts';
import { agent, declare, input } from '../fixtures/declaration.ts';
import { app, appKey, type AppKey } from '../lab/github/running-double.ts';
import type { Ansible } from './ansible.ts';
import type { DoublesPlace } from './service-doubles.ts';
import { playingFrom } from './site.ts';
import { admin } from './unifi-admin.ts';

/** Where OpenBao, the issuer and the doubles of GitHub and UniFi are: on the lab's side of the bridge. */
export const here = '192.0.2.1';
export const addresses = {
  'github-broker': '192.0.2.70',
  'egress-proxy': '192.0.2.71',
  'network-agent': '192.0.2.72',
  'unifi-rotation': '192.0.2.73',
} as const;
const vmids = {
  ...{ 'github-broker': 140, 'egress-proxy': 141, 'network-agent': 142 },
  'unifi-rotation': 143,
} as const;
const ports = { github: 9443, unifi: 9444 } as const;
const unifi = `https://${here}:${String(ports.unifi)}`;
export type HostName = keyof typeof addresses;

/** Services in containers, one that uses them, and a real OpenBao with the doubles of both APIs. */
export interface ServicesSite {
  readonly server: Server;
  readonly backbone: Backbone;
  /** Of the App, as GitHub gave it out. */
  readonly appKey: AppKey;
  /** Of UniFi, which the proxy injects. */
  readonly apiKey: string;
  readonly unifi: string;
  make(name: HostName): Promise<Container>;
  host(name: HostName): Promise<Container>;
  play(playbook: string, ...args: readonly string[]): Promise<Recap>;
  /** A command of the bundled client, from the issuer's address, with a token of that policy. */
  client(
    policy: 'operator' | 'secret-id-issuer',
    args: readonly string[],
    stdin?: string,
  ): Promise<{ exitCode: number; stdout: string; stderr: string }>;
  /** Standard output of a script in a container. @throws Error  it fails */
  on(name: HostName, script: string, stdin?: string): Promise<string>;
  /** Another value for what the proxy injects. */
  writeKey(value: string): Promise<void>;
  remove(): Promise<void>;
}

const silent = () => undefined;

export async function openServicesSite(ansible: Ansible): Promise<ServicesSite> {
  const directory = await mkdtemp(join(tmpdir(), 'services-'));
  const hosts = await openHosts(join(directory, 'hosts'));
  const inside = inNetwork(hosts.network.namespace);
  let server: Server | undefined;
  let doubles: ResultPromise | undefined;
  const remove = async () => {
    doubles?.kill('SIGKILL');
    await server?.stop();
    await removeHosts(hosts.directory);
    await rm(directory, { recursive: true, force: true });
  };
  try {
    await mkdir(join(directory, 'server'), { mode: 0o700 });
    const [nsenter, ...into] = inside;
    const within = ({ command, args }: Command) => ({
      command: nsenter,
      args: [...into, command, ...args],
    });
    server = await startServer(join(directory, 'server'), '', { address: here, within });

    const ca = await createCa('Test CA of the APIs');
    const tls = await issue(ca, { commonName: 'apis', addresses: [here] });
    const key = appKey();
    const place: DoublesPlace = {
      ...{ directory, host: here, githubPort: ports.github, unifiPort: ports.unifi, tls },
      publicKey: key.publicPem,
      certificateSha256: new X509Certificate(tls.certificate).fingerprint256
        .replaceAll(':', '')
        .toLowerCase(),
    };
    const file = join(directory, 'doubles.json');
    await writeFile(file, JSON.stringify(place), { mode: 0o600 });
    const script = fileURLToPath(new URL('service-doubles.ts', import.meta.url));
    const running = execa(nsenter, [...into, process.execPath, '--import', 'tsx', script, file], {
      reject: false,
      stdin: 'ignore',
      buffer: false,
    });
    doubles = running;
    let apiKey = '';
    for await (const line of createInterface({ input: running.stdout })) {
      apiKey = line;
      break;
    }
    if (apiKey === '') throw new Error('the doubles did not start');
    const site = await furnish({
      ...{ ansible, directory, hosts, server, inside, key, apiKey, place },
      apiCa: ca.certificate,
    });
    return { ...site, remove };
  } catch (error) {
    await remove();
    throw error;
  }
}

interface Ground {
  readonly ansible: Ansible;
  readonly directory: string;
  readonly hosts: Hosts;
  readonly server: Server;
  readonly inside: readonly [string, ...string[]];
  readonly key: AppKey;
  readonly apiKey: string;
  readonly place: DoublesPlace;
  readonly apiCa: string;
}

function declared({ address }: Server, { certificateSha256 }: DoublesPlace) {
  const from = [`${here}/32`];
  const shared = { token: { ttl: '15m', maxTtl: '1h' }, secretIdTtl: '30m' };
  const container = (name: 'github-broker' | 'egress-proxy' | 'unifi-rotation') => ({
    ...{ kind: 'lxc' as const, container: { vmid: vmids[name], address: addresses[name] } },
    ...shared,
  });
  return declare({
    openbao: {
      ...{ ...input.openbao, address },
      identities: { apply: { from }, plan: { from }, issuer: { from }, responder: { from } },
      // A slow machine takes its time to boot.
      wrapTtl: { min: '1s', max: '30m' },
    },
    secrets: {
      ...input.secrets,
      'unifi/injected': {
        ...{ fields: ['api_key'], rung: 3, owner: 'network', rotateEvery: '30d' },
      },
      'unifi/console': {
        ...{ fields: ['username', 'password'], rung: 2, owner: 'network', rotateEvery: '30d' },
        unifi: {
          ...{ controller: unifi, kind: 'os', account: 'password', admin: admin.name },
          certificateSha256,
        },
      },
    },
    consumers: {
      'github-broker': { ...container('github-broker'), grants: [{ broker: 'github' }] },
      'egress-proxy': { ...container('egress-proxy'), grants: [{ secret: 'unifi/injected' }] },
      'unifi-rotation': { ...container('unifi-rotation'), grants: [{ rotate: 'unifi/console' }] },
      'network-agent': agent(
        `${addresses['network-agent']}/32`,
        { proxy: 'unifi' },
        { github: 'homelab' },
      ),
      alice: { kind: 'operator', from, grants: [{ secret: 'unifi/tofu' }], ...shared },
    },
    github: {
      ...{ enabled: true, clientId: app.clientId, broker: { container: {} } },
      apiUrl: `https://${here}:${String(ports.github)}/api/v3`,
      webUrl: `https://${here}:${String(ports.github)}`,
      accounts: { 'example-org': { installation: 71, kind: 'organization' } },
      contexts: {
        homelab: {
          ...{ account: 'example-org', repositories: ['homelab'] },
          permissions: { contents: 'write' },
        },
      },
    },
    proxy: {
      ...{ consumer: 'egress-proxy', container: {} },
      upstreams: {
        unifi: {
          ...{ port: 8443, url: `https://${here}:${String(ports.unifi)}`, certificateSha256 },
          ...{ secret: 'unifi/injected', field: 'api_key', header: 'X-API-KEY' },
          allow: [{ methods: ['GET'], path: '/proxy/network/api/' }],
        },
      },
    },
  });
}

async function furnish(ground: Ground): Promise<Omit<ServicesSite, 'remove'>> {
  const { ansible, directory, hosts, server, inside, key, apiKey, place } = ground;
  const path = (name: string) => join(directory, name);
  const backbone = resolveBackbone(declared(server, place));
  await makeServerSide(server, backbone);
  const root = async (method: 'GET' | 'POST', at: string, body?: unknown) => {
    const answer = await server.ask({ method, path: at, body, token: server.rootToken });
    if (answer.status >= 300) throw new Error(`${at}: ${JSON.stringify(answer.body)}`);
    return answer.body;
  };
  let version = 1;
  const writeKey = async (value: string) => {
    const options = { cas: version };
    await root('POST', 'kv/data/unifi/injected', { data: { api_key: value }, options });
    version += 1;
  };
  await writeKey(apiKey);

  const bundle = path('backbone-client.cjs');
  await buildClient(bundle);
  await buildBroker(path('github-broker.cjs'));
  const contract = async (only?: HostName) => {
    const consumer = backbone.consumers.find(({ name }) => name === only);
    const file = path(`contract-${only ?? 'operator'}.json`);
    const made = resolveContract(backbone, server.ca, consumer, { github: { api: ground.apiCa } });
    await writeFile(file, JSON.stringify(made));
    return file;
  };
  await writeInventory(ground, backbone, contract);

  await mkdir(path('bin'));
  const double = fileURLToPath(new URL('../../lab/proxmox/ssh-double.sh', import.meta.url));
  await symlink(double, path('bin/ssh'));
  await chmod(double, 0o755);
  await mkdir(path('home'), { mode: 0o700 });
  const operatorContract = await contract();
  const host = async (name: HostName) => {
    const found = await hosts.find(`ct${String(vmids[name])}`);
    if (found === undefined) throw new Error(`there is no container of ${name}`);
    return found;
  };
  return {
    ...{ server, backbone, appKey: key, apiKey, host, writeKey },
    unifi,
    make: (name) => {
      const settings = { name: `ct${String(vmids[name])}`, address: `${addresses[name]}/24` };
      return hosts.create({ ...settings, hostname: name }, silent);
    },
    play: (playbook, ...args) => play(ansible, playingFrom(path, hosts), [playbook, ...args]),
    client: async (policy, args, stdin = '') => {
      const { auth } = await root('POST', 'auth/token/create', {
        ...{ policies: [policy], no_default_policy: true, ttl: '1h' },
      });
      const [program, ...words] = [...inside, process.execPath, bundle, ...args];
      const { exitCode, stdout, stderr } = await execa(program, words, {
        env: {
          PATH: `${path('bin')}:${process.env['PATH'] ?? ''}`,
          HOME: path('home'),
          XDG_STATE_HOME: path('home/state'),
          BACKBONE_LAB: directory,
          BACKBONE_CONTRACT: operatorContract,
          BAO_TOKEN: (auth as { client_token: string }).client_token,
        },
        ...{ extendEnv: false, reject: false, input: stdin },
      });
      return { exitCode: exitCode ?? -1, stdout, stderr };
    },
    on: async (name, script, stdin = '') => {
      const ran = await (
        await host(name)
      ).enter(['bash', '--norc', '-euo', 'pipefail', '-c', script], stdin);
      if (ran.exitCode !== 0) throw new Error(`${name}: ${script}\n${ran.stderr}${ran.stdout}`);
      return ran.stdout.trim();
    },
  };
}

/** The inventory as `backbone inventory` makes it, and what a site adds in its `group_vars`. */
async function writeInventory(
  { directory }: Ground,
  backbone: Backbone,
  contract: (only: HostName) => Promise<string>,
): Promise<void> {
  const path = (name: string) => join(directory, name);
  const arn = (kind: string) => `arn:aws:rolesanywhere:us-east-2:123456789012:${kind}/1`;
  const { all } = inventory(backbone, [], {
    trustAnchorArn: arn('trust-anchor'),
    profileArn: arn('profile'),
    brokerRoleArn: backbone.brokerRoleArn,
  });
  const { github_broker: broker, egress_proxy: egress, unifi_rotation: rotation } = all.children;
  if (broker === undefined || egress === undefined || rotation === undefined)
    throw new Error('a service is missing in the inventory');
  if (backbone.proxy === undefined) throw new Error('there is no proxy');
  const withContract = async <T extends { readonly vars: object }>(group: T, name: HostName) => ({
    ...group,
    vars: { ...group.vars, consumer_contract: await contract(name) },
  });
  await writeFile(
    path('inventory.json'),
    JSON.stringify({
      all: {
        children: {
          github_broker: await withContract(broker, 'github-broker'),
          egress_proxy: await withContract(egress, 'egress-proxy'),
          unifi_rotation: await withContract({ ...rotation, vars: {} }, 'unifi-rotation'),
        },
      },
    }),
  );
  const bootstrap = envoyBootstrap(backbone.proxy, {
    ...{ address: addresses['egress-proxy'], names: [addresses['egress-proxy']] },
    ...{ secrets: '/run/egress-proxy', authorities: {} },
    tls: { directory: '/etc/egress-proxy/tls', file: 'proxy.pem' },
  });
  await writeFile(path('envoy.json'), JSON.stringify(bootstrap));
  await writeFile(
    path('variables.json'),
    JSON.stringify({
      ansible_python_interpreter: '/usr/bin/python3',
      consumer_client: path('backbone-client.cjs'),
      consumer_wait_seconds: 300,
      github_broker_program: path('github-broker.cjs'),
      egress_proxy_envoy_src: (await envoy(silent)).path,
      egress_proxy_configuration: path('envoy.json'),
      egress_proxy_poll_seconds: 1,
    }),
  );
}
