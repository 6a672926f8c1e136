import { copyFile, mkdir, readFile, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { buildClient } from '../../src/bundle/client.ts';
import { loadDeclaration } from '../../src/config/load.ts';
import { sha256 } from '../parts/checksum.ts';
import { exists } from '../parts/cache.ts';
import { goTool, goTools } from '../parts/go.ts';
import { lastLines, type Progress } from '../parts/part.ts';
import { openbao } from '../parts/python.ts';
import type { LabPaths } from '../paths.ts';
import { writePrivateFile } from '../private-file.ts';
import { nameOf } from '../proxmox/pct.ts';
import type { Ansible } from './ansible.ts';
import { packageDirectory } from './base-image.ts';
import type { Container } from './container.ts';
import { decrypt } from './decrypt.ts';
import { openHosts, type ContainerOptions, type Hosts } from './hosts.ts';
import { play, type Recap } from './playbook.ts';

const cli = fileURLToPath(new URL('../../bin/backbone.mjs', import.meta.url));
const here = (file: string) => fileURLToPath(new URL(file, import.meta.url));

/** How a command ended in the lab's network. */
export interface RanInside {
  readonly exitCode: number | undefined;
  readonly stdout: string;
  readonly stderr: string;
}

export interface LabSiteOptions {
  readonly paths: LabPaths;
  /** Gets inventory, variables and artifacts. */
  readonly directory: string;
  readonly ansible: Ansible;
  /** `backbone lab shell -- COMMAND`. */
  readonly inside: (
    command: readonly string[],
    options?: { readonly input?: string },
  ) => Promise<RanInside>;
  readonly progress: Progress;
}

/** A step of a site failed; the message is what it said. */
export class SiteFailed extends Error {
  override readonly name = 'SiteFailed';
}

/** The person of a lab with containers: deploys the stacks, lets Ansible make the hosts, keeps the keys. */
export interface LabSite {
  readonly hosts: Hosts;
  /** The first container that the stack `host` made. */
  readonly host: Container;
  /** Path below the site's own directory. */
  path(file: string): string;
  /** Standard output of a script on that host. @throws Error  it fails, with what it said */
  on(script: string, stdin?: string): Promise<string>;
  /** Standard output of `backbone`, in the lab. @throws SiteFailed  it does not end with 0 */
  backbone(args: readonly string[], input?: string): Promise<string>;
  /** A playbook with `variables.json`, as in `group_vars`. */
  play(playbook: string, ...args: readonly string[]): Promise<Recap>;
  /** What age encrypted for the one recipient of this site, decrypted. */
  decrypt(encrypted: string): Promise<string>;
  /** The first identity's password, as `site.yml` left it, given to the lab. */
  keepPassword(): Promise<void>;
  /** Needs the stack `openbao`. */
  makeOperator(): Promise<void>;
  /** `consumer.yml` for one consumer. */
  playConsumer(name: string): Promise<Recap>;
  /**
   * A consumer's container as a person makes it on Proxmox VE: a template with client and units, and a clone of
   * it, which is not started.
   */
  cloneConsumer(name: string, wanted: ContainerOptions): Promise<Clone>;
  /** A wrapped SecretID, placed by way of the Proxmox host, and the first start. */
  deliver(name: string, ...options: readonly string[]): Promise<RanInside>;
}

export interface Clone {
  readonly container: Container;
  /** What Ansible said of the template. */
  readonly made: Recap;
}

/** The host does not have age yet: it is taken out of its package, and the host is left as it was. */
const keygen = `there=$(mktemp --directory /root/age-XXXXXX)
trap 'rm -r "$there"' EXIT
dpkg-deb --extract ${packageDirectory}/age_*.deb "$there"
"$there/usr/bin/age-keygen" 2>/dev/null`;

/** Deploys the stacks `host` and `aws-trust`, and writes what Ansible is given. Harmless when repeated. */
export async function openLabSite(given: LabSiteOptions): Promise<LabSite> {
  const { paths, directory, ansible, inside, progress } = given;
  await mkdir(directory, { recursive: true, mode: 0o700 });
  const path = (file: string) => join(directory, file);
  const backbone: LabSite['backbone'] = async (args, input) =>
    ended(await inside([process.execPath, cli, ...args], input === undefined ? {} : { input }));

  await backbone(['deploy', 'host', 'aws-trust', '--auto-approve']);
  const hosts = await openHosts(paths.hosts);
  const host = await firstHost(hosts, paths);
  const on: LabSite['on'] = async (script, stdin = '') => {
    const shell = ['bash', '--norc', '-euo', 'pipefail', '-c', script];
    const { exitCode, stdout, stderr } = await host.enter(shell, stdin);
    if (exitCode !== 0) throw new Error(`${script}\nended with ${String(exitCode)}: ${stderr}`);
    return stdout.trim();
  };
  await writeFile(path('inventory.yml'), await backbone(['inventory']));
  await copyFile(paths.caCertificate, path('ca.pem'));
  await buildClient(path('backbone-client.cjs'));
  if (!(await exists(path('age.key')))) {
    await writePrivateFile(path('age.key'), await on(keygen));
  }
  const identity = await readFile(path('age.key'), 'utf8');
  const recipient = /age1\w+/.exec(identity)?.[0] ?? '';
  const json = (file: string, content: unknown) => writeFile(path(file), JSON.stringify(content));
  await json('variables.json', await hostVariables(given, path('artifacts'), recipient));
  await json('consumers.json', consumerVariables(path));

  const played = (variables: string, args: readonly string[]) =>
    play(
      ansible,
      {
        ...{ inventory: path('inventory.yml'), variables: path(variables) },
        ...{ sshConfig: hosts.sshConfig, controlPath: path('%n') },
      },
      args,
    );
  const playConsumer: LabSite['playConsumer'] = (name) =>
    played('consumers.json', ['consumer.yml', '--limit', name]);
  const decrypted = (encrypted: string) => decrypt(on, identity, encrypted);

  return {
    ...{ hosts, host, path, on, backbone, playConsumer },
    play: (playbook, ...args) => played('variables.json', [playbook, ...args]),
    decrypt: decrypted,
    keepPassword: async () => {
      const file = await readFile(path('artifacts/bootstrap-password.age'), 'latin1');
      await writePrivateFile(paths.bootstrapPassword, await decrypted(file));
    },
    makeOperator: async () => {
      ended(await inside([process.execPath, '--import', 'tsx', here('./make-operator.ts')]));
    },
    cloneConsumer: async (name, wanted) => {
      await backbone(['contract', '--consumer', name, '--out', path('contract.json')]);
      // One that was cut off.
      await hosts.destroy('template');
      const { name: own, hostname, ...same } = wanted;
      const template = await hosts.create(
        { ...same, name: 'template', hostname: 'template', image: 'template' },
        progress,
      );
      try {
        await template.start();
        const made = await playConsumer(name);
        if (made.exitCode !== 0) throw new SiteFailed(`consumer.yml failed:\n${made.all}`);
        await template.stop();
        const clone = { ...wanted, name: own, hostname: hostname ?? own, copyOf: template };
        return { container: await hosts.create(clone, progress), made };
      } finally {
        await hosts.destroy('template');
      }
    },
    deliver: async (name, ...options) => {
      // By the name that the client calls.
      const bin = path('bin');
      await mkdir(bin, { recursive: true });
      const ssh = join(bin, 'ssh');
      if (!(await exists(ssh))) await symlink(here('../proxmox/ssh-double.sh'), ssh);
      return inside([
        ...['env', `PATH=${bin}:${process.env['PATH'] ?? ''}`],
        ...[process.execPath, path('backbone-client.cjs'), 'deliver', name, '--start', ...options],
      ]);
    },
  };
}

function ended({ exitCode, stdout, stderr }: RanInside): string {
  if (exitCode !== 0) {
    throw new SiteFailed(`${lastLines(`${stderr}${stdout}`)}\n(exit status ${String(exitCode)})`);
  }
  return stdout;
}

async function firstHost(hosts: Hosts, paths: LabPaths): Promise<Container> {
  const { declaration } = await loadDeclaration(paths.declaration);
  const [node] = declaration.openbao.nodes;
  const host = node === undefined ? undefined : await hosts.find(nameOf(node.vmid));
  if (host === undefined) throw new SiteFailed('the stack host made no container');
  await host.booted();
  return host;
}

/** What a site writes into `group_vars/openbao_servers.yml`. */
async function hostVariables(
  { paths, progress }: LabSiteOptions,
  artifacts: string,
  recipient: string,
): Promise<Readonly<Record<string, unknown>>> {
  const engine = await goTool(goTools.awsSecretsEngine, progress);
  const helper = await goTool(goTools.awsSigningHelper, progress);
  return {
    ansible_python_interpreter: '/usr/bin/python3',
    openbao_artifacts: artifacts,
    openbao_recipients: [recipient],
    openbao_binary_src: (await openbao(progress)).path,
    openbao_tls_signer: 'controller',
    openbao_tls_ca_certificate: paths.caCertificate,
    openbao_tls_ca_key: paths.caKey,
    backbone_aws_plugin_src: engine.path,
    backbone_aws_plugin_sha256: await sha256(engine.path),
    aws_identity_helper_src: helper.path,
    aws_identity_helper_sha256: await sha256(helper.path),
    aws_identity_signer: 'controller',
    aws_identity_ca_certificate: paths.rolesAnywhereCa,
    aws_identity_ca_key: paths.rolesAnywhereCaKey,
  };
}

/** One service, which shows in a directory of its own, in memory, which secrets it was given. */
function consumerVariables(path: (file: string) => string): Readonly<Record<string, unknown>> {
  return {
    ansible_python_interpreter: '/usr/bin/python3',
    consumer_client: path('backbone-client.cjs'),
    consumer_contract: path('contract.json'),
    consumer_wait_seconds: 300,
    consumer_services: [
      {
        name: 'exporter',
        command: ['/bin/sh', '-c', 'env >"$RUNTIME_DIRECTORY/got"; exec sleep infinity'],
      },
    ],
  };
}
