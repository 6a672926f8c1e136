import { chmod, mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { execa } from 'execa';
import type { Container } from '../../lab/host/container.ts';
import { openHosts, removeHosts, type Hosts } from '../../lab/host/hosts.ts';
import { inNetwork } from '../../lab/host/network.ts';
import type { Command } from '../../lab/processes/process.ts';
import { buildClient } from '../../src/bundle/client.ts';
import { resolveBackbone } from '../../src/model/backbone.ts';
import { resolveContract } from '../../src/model/contract.ts';
import { makeServerSide, type Made } from '../client/deployed/made.ts';
import { startServer, type Server } from '../client/deployed/server.ts';
import { declare, input } from '../fixtures/declaration.ts';
import type { Ansible, Ran } from './ansible.ts';

/** Where the issuer, its Proxmox host and the server are: on the lab's side of the bridge. */
const here = '192.0.2.1';
/** Whoever knows it can write there; nobody listens. */
export const alarmUrl = 'https://192.0.2.1:9/hooks/canary-webhook?a=%20$HOME';
const consumers = { unpoller: 130, grafana: 131 } as const;
export type ConsumerName = keyof typeof consumers;

/** Two consumers in containers, a real OpenBao that they reach, and the issuer beside it. */
export interface ConsumerSite extends Made {
  readonly hosts: Hosts;
  readonly server: Server;
  /** Of the whole site; the containers lie below it, as in a lab. */
  readonly directory: string;
  /** Makes it and does not start it. */
  make(name: ConsumerName): Promise<Container>;
  host(name: ConsumerName): Promise<Container>;
  /** consumer.yml for one of them. */
  play(name: ConsumerName, ...args: readonly string[]): Promise<Ran & { readonly changed: number }>;
  /** A command of the bundled client, as the issuer, from the issuer's address, with the doubles of ssh and pct. */
  issuer(...args: readonly string[]): Promise<{ exitCode: number; stdout: string; stderr: string }>;
  /** Any command on the issuer's machine, which may be a thief's. */
  outside(command: readonly string[], stdin?: string): Promise<string>;
  /** Standard output of a script in a container. @throws Error  it fails */
  on(name: ConsumerName, script: string): Promise<string>;
  remove(): Promise<void>;
}

const silent = () => undefined;

export async function openConsumerSite(ansible: Ansible): Promise<ConsumerSite> {
  const directory = await mkdtemp(join(tmpdir(), 'consumers-'));
  const path = (name: string) => join(directory, name);
  const hosts = await openHosts(path('hosts'));
  const inside = inNetwork(hosts.network.namespace);
  await mkdir(path('server'), { mode: 0o700 });
  let server: Server | undefined;
  const remove = async () => {
    await server?.stop();
    await removeHosts(hosts.directory);
    await rm(directory, { recursive: true, force: true });
  };
  try {
    const [nsenter, ...into] = inside;
    const within = ({ command, args }: Command) => ({
      command: nsenter,
      args: [...into, command, ...args],
    });
    server = await startServer(path('server'), '', { address: here, within });
    return { ...(await furnish(ansible, directory, hosts, server)), remove };
  } catch (error) {
    await remove();
    throw error;
  }
}

async function furnish(
  ansible: Ansible,
  directory: string,
  hosts: Hosts,
  server: Server,
): Promise<Omit<ConsumerSite, 'remove'>> {
  const path = (name: string) => join(directory, name);
  const inside = inNetwork(hosts.network.namespace);
  const from = [`${here}/32`];
  const addressOf = (name: ConsumerName) => `192.0.2.${String(consumers[name] - 90)}`;
  const container = (name: ConsumerName) => ({
    kind: 'lxc' as const,
    container: { vmid: consumers[name], address: addressOf(name) },
    grants: [{ secret: 'unifi/exporter' }],
    token: { ttl: '15m', maxTtl: '1h' },
    secretIdTtl: '30m',
  });
  const backbone = resolveBackbone(
    declare({
      openbao: {
        ...input.openbao,
        address: server.address,
        identities: { apply: { from }, plan: { from }, issuer: { from }, responder: { from } },
        // A slow machine takes its time to boot.
        wrapTtl: { min: '1s', max: '30m' },
      },
      consumers: {
        unpoller: container('unpoller'),
        grafana: container('grafana'),
        alice: {
          ...{ kind: 'operator', from, grants: [{ secret: 'unifi/tofu' }] },
          ...{ token: { ttl: '15m', maxTtl: '1h' }, secretIdTtl: '5m' },
        },
      },
    }),
  );
  const made = await makeServerSide(server, backbone);
  const { body } = await server.ask({
    ...{ method: 'POST', path: 'auth/token/create', token: server.rootToken },
    body: { policies: ['secret-id-issuer'], no_default_policy: true, ttl: '2h' },
  });
  const { client_token: token } = body['auth'] as { client_token: string };

  const client = path('backbone-client.cjs');
  await buildClient(client);
  const contract = async (only?: ConsumerName) => {
    const consumer = backbone.consumers.find(({ name }) => name === only);
    const file = path(`contract-${only ?? 'operator'}.json`);
    await writeFile(file, JSON.stringify(resolveContract(backbone, server.ca, consumer)));
    return file;
  };
  await mkdir(path('bin'));
  const double = fileURLToPath(new URL('../../lab/proxmox/ssh-double.sh', import.meta.url));
  await symlink(double, path('bin/ssh'));
  await chmod(double, 0o755);
  await mkdir(path('home'), { mode: 0o700 });
  const env = {
    PATH: `${path('bin')}:${process.env['PATH'] ?? ''}`,
    HOME: path('home'),
    XDG_STATE_HOME: path('home/state'),
    BACKBONE_LAB: directory,
    BACKBONE_CONTRACT: await contract(),
    BAO_TOKEN: token,
  };
  await writeFile(
    path('inventory.json'),
    JSON.stringify({
      all: {
        children: {
          consumers: {
            hosts: {
              ct130: { consumer_name: 'unpoller', consumer_contract: await contract('unpoller') },
              ct131: { consumer_name: 'grafana', consumer_contract: await contract('grafana') },
            },
            vars: {
              ansible_user: 'root',
              ansible_python_interpreter: '/usr/bin/python3',
              consumer_client: client,
              consumer_wait_seconds: 300,
              consumer_services: [
                {
                  name: 'exporter',
                  // What a program could do with what it is given; words that systemd would replace.
                  command: [
                    ...['/bin/sh', '-c'],
                    'printf "%s %s" "$1" "$UNIFI_API_KEY" >"$RUNTIME_DIRECTORY/got"; exec sleep infinity',
                    ...['sh', 'a $HOME %i "quoted"'],
                  ],
                },
              ],
              consumer_alarm_url: alarmUrl,
              alarm_command: ['/usr/bin/tee', '-a', '/var/lib/backbone-alarm/told'],
            },
          },
        },
      },
    }),
  );
  const host = async (name: ConsumerName) => {
    const found = await hosts.find(`ct${String(consumers[name])}`);
    if (found === undefined) throw new Error(`there is no container of ${name}`);
    return found;
  };
  return {
    ...made,
    ...{ hosts, server, directory, host },
    make: (name) => {
      const settings = { name: `ct${String(consumers[name])}`, address: `${addressOf(name)}/24` };
      return hosts.create({ ...settings, hostname: name }, silent);
    },
    play: async (name, ...args) => {
      const ran = await ansible.run(
        'ansible-playbook',
        [
          ...['--inventory', path('inventory.json'), '--limit', `ct${String(consumers[name])}`],
          ...['consumer.yml', ...args],
        ],
        { env: { ANSIBLE_SSH_ARGS: `-F ${hosts.sshConfig} -o ControlMaster=no` } },
      );
      const changed = [...ran.all.matchAll(/changed=(\d+)/g)].reduce(
        (sum, [, number]) => sum + Number(number),
        0,
      );
      return { ...ran, changed };
    },
    issuer: async (...args) => {
      const [program, ...words] = [...inside, process.execPath, client, ...args];
      const { exitCode, stdout, stderr } = await execa(program, words, {
        ...{ env, extendEnv: false, reject: false, stdin: 'ignore' },
      });
      return { exitCode: exitCode ?? -1, stdout, stderr };
    },
    outside: async (command, stdin = '') => {
      const [program, ...words] = [...inside, ...command];
      return (await execa(program, words, { input: stdin })).stdout;
    },
    on: async (name, script) => {
      const ran = await (
        await host(name)
      ).enter(['bash', '--norc', '-euo', 'pipefail', '-c', script]);
      if (ran.exitCode !== 0) throw new Error(`${name}: ${script}\n${ran.stderr}${ran.stdout}`);
      return ran.stdout.trim();
    },
  };
}
