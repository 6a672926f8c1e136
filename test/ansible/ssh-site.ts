import { mkdir, mkdtemp, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { execa } from 'execa';
import type { Ansible as Opened } from '../../lab/host/ansible.ts';
import { inNetwork } from '../../lab/host/network.ts';
import { play, type Recap } from '../../lab/host/playbook.ts';
import type { Command } from '../../lab/processes/process.ts';
import { buildClient } from '../../src/bundle/client.ts';
import { resolveBackbone } from '../../src/model/backbone.ts';
import { resolveContract } from '../../src/model/contract.ts';
import { makeServerSide } from '../client/deployed/made.ts';
import { startServer, type Server } from '../client/deployed/server.ts';
import { declare, input } from '../fixtures/declaration.ts';
import type { Ansible } from './ansible.ts';
import { openOneHost, type OneHost } from './one-host.ts';

/** Where OpenBao, Ansible and the operator alice are: on the lab's side of the bridge. */
const here = '192.0.2.1';

/** Kinds of certificates of alice; each has the one principal of its name. */
const roles = ['ansible', 'deploy', 'backup'] as const;
export type RoleName = (typeof roles)[number];

/** How Ansible gets in: by the key that the host was made with, by an agent of `backbone ssh`, or by nothing. */
export type Way = 'first key' | 'agent' | 'nothing';

export interface Ran {
  readonly exitCode?: number | undefined;
  readonly stdout: string;
  readonly stderr: string;
}

/** One bare host with sshd, and a real OpenBao beside it that signs the keys of alice. */
export interface SshSite extends OneHost {
  /** `backbone ssh` as alice, who becomes root there. The configuration of ssh has no key. */
  ssh(...command: readonly string[]): Promise<Ran>;
  playBy(way: Way, playbook: string, ...args: readonly string[]): Promise<Recap>;
  /** A new key with a certificate beside it, in files that the test keeps; gives the key's. */
  signed(role: RoleName): Promise<string>;
  /** A new key, certified by a CA of the test's own for the principal. */
  forged(principal: string): Promise<string>;
  /** The real ssh with a key and its certificate, and nothing else. */
  logIn(key: string, user: string): Promise<Ran>;
  /** Gives a variable of the role `ssh_ca` its value from the next run on. */
  set(variable: string, value: unknown): Promise<void>;
  remove(): Promise<void>;
}

export async function openSshSite(ansible: Ansible): Promise<SshSite> {
  const one = await openOneHost(ansible);
  let server: Server | undefined;
  const remove = async () => {
    await server?.stop();
    await one.site.remove();
  };
  try {
    await one.on('chmod 0777 /mnt/away');
    const directory = one.site.path('server');
    await mkdir(directory, { mode: 0o700 });
    const [nsenter, ...into] = inNetwork(one.site.hosts.network.namespace);
    const within = ({ command, args }: Command) => ({
      command: nsenter,
      args: [...into, command, ...args],
    });
    server = await startServer(directory, '', { address: here, within });
    return { ...one, ...(await furnish(ansible, one, server)), remove };
  } catch (error) {
    await remove();
    throw error;
  }
}

function declared({ address }: Server) {
  return declare({
    openbao: { ...input.openbao, address },
    engines: {
      ssh: {
        roles: Object.fromEntries(roles.map((role) => [role, { principals: [role], ttl: '5m' }])),
      },
    },
    consumers: {
      ...input.consumers,
      alice: {
        ...{ kind: 'operator', from: [`${here}/32`], grants: roles.map((role) => ({ ssh: role })) },
        ...{ token: { ttl: '15m', maxTtl: '1h' }, secretIdTtl: '5m' },
      },
    },
  });
}

async function furnish(
  ansible: Ansible,
  { site }: OneHost,
  server: Server,
): Promise<Omit<SshSite, keyof OneHost | 'remove'>> {
  const { hosts } = site;
  const path = (name: string) => site.path(name);
  const backbone = resolveBackbone(declared(server));
  await makeServerSide(server, backbone);
  const ask = async (at: string, body: unknown, token: string) => {
    const answer = await server.ask({ method: 'POST', path: at, body, token });
    if (answer.status >= 300) throw new Error(`${at}: ${JSON.stringify(answer.body)}`);
    return answer.body;
  };
  const { auth } = await ask(
    'auth/token/create',
    { policies: ['operator'], no_default_policy: true, ttl: '2h' },
    server.rootToken,
  );
  const { client_token: token } = auth as { client_token: string };

  const bundle = path('backbone-client.cjs');
  await buildClient(bundle);
  const contract = path('contract.json');
  await writeFile(contract, JSON.stringify(resolveContract(backbone, server.ca)));
  await mkdir(path('state'), { mode: 0o700 });
  const identity = { BACKBONE_CONTRACT: contract, BAO_TOKEN: token, XDG_STATE_HOME: path('state') };
  const client = [...inNetwork(hosts.network.namespace), process.execPath, bundle, 'ssh'] as const;

  // As people have it for a host that knows certificates alone: how to reach it, and no key.
  const keyless = path('ssh-config');
  const withKey = await readFile(hosts.sshConfig, 'utf8');
  await writeFile(keyless, `${withKey.replace(/^ +Identit.*\n/gm, '')}  IdentityFile none\n`);
  const backboneSsh = async (...args: readonly string[]): Promise<Ran> => {
    const [command, ...words] = client;
    const env = { PATH: process.env['PATH'] ?? '', HOME: path('state'), ...identity };
    return execa(command, [...words, ...args], {
      ...{ env, extendEnv: false, reject: false, stdin: 'ignore' },
    });
  };

  const authority = await backboneSsh('--authority');
  const variables: Record<string, unknown> = {
    ssh_ca_public_keys: [authority.stdout.trim()],
    ssh_ca_principals: { root: ['ansible'], deploy: ['deploy'] },
  };
  const inventory = path('ssh-ca.json');
  const set = async (variable: string, value: unknown) => {
    variables[variable] = value;
    const group = { hosts: { bao: {} }, vars: variables };
    await writeFile(inventory, JSON.stringify({ all: { children: { ssh_ca: group } } }));
  };
  await set('ssh_ca_revoked_keys', []);

  const byAgent: Opened = {
    directory: ansible.directory,
    run: (program, args, options) =>
      ansible.run(program, args, {
        ...options,
        env: { ...options?.env, ...identity },
        through: [...client, '--agent', '--role', 'ansible', '--'],
      }),
  };
  const newKey = async () => {
    const key = join(await mkdtemp(path('kept-')), 'key');
    await execa('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-f', key]);
    return key;
  };
  let runs = 0;
  return {
    set,
    ssh: (...command) =>
      backboneSsh('--config', keyless, '--role', 'ansible', 'root@bao', '--', ...command),
    playBy: (way, playbook, ...args) => {
      runs += 1;
      return play(
        way === 'agent' ? byAgent : ansible,
        {
          ...{ inventory: path('inventory.json'), variables: path('variables.json') },
          sshConfig: way === 'first key' ? hosts.sshConfig : keyless,
          // A connection that is still open from another run would let this one in.
          controlPath: path(`${String(runs)}-%n`),
        },
        ['--inventory', inventory, playbook, ...args],
      );
    },
    signed: async (role) => {
      const key = await newKey();
      const public_key = await readFile(`${key}.pub`, 'utf8');
      const { data } = await ask(`ssh/sign/${role}_alice`, { public_key }, token);
      await writeFile(`${key}-cert.pub`, (data as { signed_key: string }).signed_key);
      return key;
    },
    forged: async (principal) => {
      const [ca, key] = await Promise.all([newKey(), newKey()]);
      const of = ['-I', 'forged', '-n', principal, '-V', '+5m', '-O', `source-address=${here}/32`];
      await execa('ssh-keygen', ['-q', '-s', ca, ...of, `${key}.pub`]);
      return key;
    },
    logIn: async (key, user) => {
      const only = ['IdentitiesOnly=yes', 'IdentityAgent=none', 'BatchMode=yes'];
      const options = only.flatMap((option) => ['-o', option]);
      const words = ['-F', keyless, '-i', key, ...options, `${user}@bao`, 'whoami'];
      return execa('ssh', words, { reject: false, stdin: 'ignore' });
    },
  };
}
