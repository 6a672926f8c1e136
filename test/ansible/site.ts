import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { Release } from '../../lab/host/base-image.ts';
import type { Container } from '../../lab/host/container.ts';
import { decrypt } from '../../lab/host/decrypt.ts';
import { openHosts, removeHosts, type Hosts } from '../../lab/host/hosts.ts';
import { play, type Playing, type Recap } from '../../lab/host/playbook.ts';
import { sha256 } from '../../lab/parts/checksum.ts';
import { goTool, goTools } from '../../lab/parts/go.ts';
import { openbao } from '../../lab/parts/python.ts';
import { createCa } from '../../lab/pki.ts';
import { resolveBackbone } from '../../src/model/backbone.ts';
import { inventory } from '../../src/model/inventory.ts';
import { openbaoData } from '../../src/model/names.ts';
import { declare, input, type DeclarationInput } from '../fixtures/declaration.ts';
import { containersOrSkip } from '../lab/host/containers-or-skip.ts';
import { ansibleOrSkip, type Ansible } from './ansible.ts';

/** OpenBao hosts, and the Ansible that configures them as on a real site. */
export interface Site {
  readonly hosts: Hosts;
  readonly artifacts: string;
  /** Path below the test's own directory. */
  path(name: string): string;
  make(name: string): Promise<Container>;
  host(name: string): Promise<Container>;
  play(playbook: string, ...args: readonly string[]): Promise<Recap>;
  /** Standard output of a shell script on a host. @throws Error  it fails, with what it said */
  on(name: string, script: string, stdin?: string): Promise<string>;
  /** What `age --encrypt` made for the recipients, decrypted on a host that has age. */
  decrypt(name: string, encrypted: string): Promise<string>;
  remove(): Promise<void>;
}

type OpenBaoInput = DeclarationInput['openbao'];
type Nodes = OpenBaoInput['nodes'];

const silent = () => undefined;
const anywhere = (kind: string) =>
  `arn:aws:rolesanywhere:us-east-2:123456789012:${kind}/11111111-2222-3333-4444-555555555555`;

/**
 * Whether sites can be made here; where not, it is said.
 *
 * @param release  of the hosts that the roles are run on
 */
export async function siteOrSkip(
  what: string,
  release: Release = 'bookworm',
): Promise<Ansible | undefined> {
  return (await containersOrSkip(what, release)) ? ansibleOrSkip(what) : undefined;
}

/**
 * @param variables  beside what the inventory says, as in `group_vars/openbao_servers.yml`
 * @param declared  what the declaration has otherwise than the homelab's
 */
export async function openSite(
  ansible: Ansible,
  nodes: Nodes,
  variables: Readonly<Record<string, unknown>> = {},
  declared: Partial<Pick<DeclarationInput, 'aws'> & Pick<OpenBaoInput, 'outbound'>> = {},
): Promise<Site> {
  const directory = await mkdtemp(join(tmpdir(), 'site-'));
  const path = (name: string) => join(directory, name);
  const hosts = await openHosts(path('hosts'));
  const artifacts = path('artifacts');
  const bao = await openbao(silent);
  const engine = await goTool(goTools.awsSecretsEngine, silent);
  const helper = await goTool(goTools.awsSigningHelper, silent);
  const anywhereCa = await createCa('Roles Anywhere');
  await writeFile(path('anywhere-ca.pem'), anywhereCa.certificate);
  await writeFile(path('anywhere-ca.key'), anywhereCa.privateKey, { mode: 0o600 });

  // The address from which Ansible and the test come is the operator's.
  const backbone = resolveBackbone(
    declare({
      aws: declared.aws ?? input.aws,
      openbao: { ...input.openbao, nodes, outbound: declared.outbound ?? [] },
      consumers: {
        ...input.consumers,
        alice: {
          kind: 'operator',
          from: ['192.0.2.1/32'],
          grants: [{ profile: 'unifi' }],
          token: { ttl: '15m', maxTtl: '1h' },
          secretIdTtl: '5m',
        },
      },
    }),
  );
  const deployed = nodes.map(({ name, address }) => ({ name, address, ssh_user: 'root' }));
  const made = inventory(backbone, deployed, {
    trustAnchorArn: anywhere('trust-anchor'),
    profileArn: anywhere('profile'),
    brokerRoleArn: backbone.brokerRoleArn,
  });
  await writeFile(path('inventory.json'), JSON.stringify(made));

  let identity: string | undefined;
  const writeVariables = async (container: Container) => {
    if (identity !== undefined) return;
    identity = (await container.enter(['age-keygen'])).stdout;
    const recipient = /age1\w+/.exec(identity)?.[0] ?? '';
    await writeFile(
      path('variables.json'),
      JSON.stringify({
        ansible_python_interpreter: '/usr/bin/python3',
        openbao_artifacts: artifacts,
        openbao_recipients: [recipient],
        openbao_recovery_recipients: [recipient, recipient, recipient],
        openbao_binary_src: bao.path,
        backbone_aws_plugin_src: engine.path,
        backbone_aws_plugin_sha256: await sha256(engine.path),
        aws_identity_helper_src: helper.path,
        aws_identity_helper_sha256: await sha256(helper.path),
        aws_identity_signer: 'controller',
        aws_identity_ca_certificate: path('anywhere-ca.pem'),
        aws_identity_ca_key: path('anywhere-ca.key'),
        // There is no AWS here that could give a session: no alarm of that.
        aws_identity_first_session_seconds: 86_400,
        ...variables,
      }),
    );
  };
  const host = async (name: string) => {
    const found = await hosts.find(name);
    if (found === undefined) throw new Error(`there is no container ${name}`);
    return found;
  };
  const on = async (name: string, script: string, stdin = '') => {
    const { exitCode, stdout, stderr } = await (
      await host(name)
    ).enter(['bash', '--norc', '-euo', 'pipefail', '-c', script], stdin);
    if (exitCode !== 0) {
      throw new Error(`${name}: ${script}\nended with ${String(exitCode)}: ${stderr}${stdout}`);
    }
    return stdout.trim();
  };

  return {
    ...{ hosts, artifacts, path, host, on },
    make: async (name) => {
      const declared = nodes.find((node) => node.name === name);
      if (declared === undefined) throw new Error(`no node ${name} is declared`);
      const volume = { name: 'mp0', path: openbaoData, gib: 2 };
      const settings = { name, address: `${declared.address}/24`, volumes: [volume] };
      const container = await hosts.create(settings, silent);
      await container.start();
      await writeVariables(container);
      return container;
    },
    play: (playbook, ...args) => play(ansible, playingFrom(path, hosts), [playbook, ...args]),
    decrypt: (name, encrypted) =>
      decrypt((script, stdin) => on(name, script, stdin), identity ?? '', encrypted),
    remove: async () => {
      await removeHosts(hosts.directory);
      await rm(directory, { recursive: true, force: true });
    },
  };
}

/** Asks until the answer is the wanted one: events have no time here, only a generous end. */
export async function until<T>(
  what: string,
  ask: () => Promise<T>,
  good: (answer: T) => boolean,
): Promise<T> {
  const end = Date.now() + 180_000;
  for (;;) {
    const answer = await ask();
    if (good(answer)) return answer;
    if (Date.now() > end) throw new Error(`${what} did not happen; last: ${String(answer)}`);
    await delay(500);
  }
}

/** A site whose inventory and variables lie in the test's own directory. */
export function playingFrom(path: (name: string) => string, { sshConfig }: Hosts): Playing {
  return {
    ...{ inventory: path('inventory.json'), variables: path('variables.json') },
    ...{ sshConfig, controlPath: path('%n') },
  };
}
