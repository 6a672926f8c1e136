import { copyFile, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect } from 'vitest';
import type { Release } from '../../lab/host/base-image.ts';
import type { Container } from '../../lab/host/container.ts';
import { openHosts, type Hosts } from '../../lab/host/hosts.ts';
import { goTool, goTools } from '../../lab/parts/go.ts';
import { openbao } from '../../lab/parts/python.ts';
import { buildClient } from '../../src/bundle/client.ts';
import { labOfItsOwn, type Ran, type RunningLab, type RunOptions } from '../lab/running-lab.ts';
import type { Ansible } from './ansible.ts';
import { decrypt, play, sha256, type Recap } from './site.ts';

const project = fileURLToPath(new URL('../../', import.meta.url));
const silent = () => undefined;

/** Templates of Proxmox VE, by what Debian calls itself in them. */
const templates: Readonly<Record<Release, string>> = {
  bookworm: 'debian-12-standard_12.12-1_amd64.tar.zst',
  trixie: 'debian-13-standard_13.1-2_amd64.tar.zst',
};

/** A lab with containers, of which a person deploys the stacks and Ansible makes the hosts. */
export interface PathLab {
  readonly lab: RunningLab;
  readonly hosts: Hosts;
  /** The container that the stack `host` made. */
  readonly host: Container;
  /** Path below the test's own directory. */
  path(file: string): string;
  /** Standard output of a script on that host. @throws Error  it fails, with what it said */
  on(script: string, stdin?: string): Promise<string>;
  /** A command in the lab's network, with the lab's environment. */
  inside(command: readonly string[], options?: RunOptions): Promise<Ran>;
  /** Standard output of `backbone`, there. It has to end with 0. */
  backbone(args: readonly string[], options?: RunOptions): Promise<string>;
  /** `site.yml` with `variables.json`, as in `group_vars`. */
  site(...args: readonly string[]): Promise<Recap>;
  /** Another playbook, with the same. */
  playbook(playbook: string, args: readonly string[]): Promise<Recap>;
  /** `consumer.yml` for the consumer unpoller. */
  consumer(...args: readonly string[]): Promise<Recap>;
  /** What age encrypted for the one recipient of this site, decrypted. */
  decrypt(encrypted: string): Promise<string>;
  /** The first identity's password, as `site.yml` left it, given to the lab. */
  keepPassword(): Promise<void>;
  remove(): Promise<void>;
}

/** Also deploys the stacks `host` and `aws-trust`, and writes the inventory. */
export async function openPathLab(ansible: Ansible, release: Release): Promise<PathLab> {
  const directory = await mkdtemp(join(tmpdir(), 'path-'));
  const path = (file: string) => join(directory, file);
  const lab = await labOfItsOwn();
  const remove = async () => {
    await lab.remove();
    await ansible.remove();
    await rm(directory, { recursive: true, force: true });
  };
  try {
    return { ...(await furnish(ansible, release, lab, path)), remove };
  } catch (error) {
    await remove();
    throw error;
  }
}

async function furnish(
  ansible: Ansible,
  release: Release,
  lab: RunningLab,
  path: (file: string) => string,
): Promise<Omit<PathLab, 'remove'>> {
  const { paths } = lab;
  const declared = await readFile(join(project, 'backbone.yaml'), 'utf8');
  await writeFile(
    path('backbone.yaml'),
    declared
      .replaceAll(templates.bookworm, templates[release])
      // A slow machine takes its time to boot.
      .replace('max: 5m', 'max: 30m')
      .replaceAll('secretIdTtl: 10m', 'secretIdTtl: 30m'),
  );
  const up = await lab.backbone([
    ...['lab', 'up', '--host', 'container', '--file', path('backbone.yaml')],
  ]);
  expect(up, up.stderr).toMatchObject({ exitCode: 0 });

  const inside: PathLab['inside'] = (command, options) =>
    lab.backbone(['lab', 'shell', '--', ...command], options);
  const cli = join(project, 'bin', 'backbone.mjs');
  const backbone: PathLab['backbone'] = async (args, options) => {
    const ran = await inside([process.execPath, cli, ...args], options);
    expect(ran, ran.stderr + ran.stdout).toMatchObject({ exitCode: 0 });
    return ran.stdout;
  };
  await backbone(['deploy', 'host', 'aws-trust', '--auto-approve']);
  const hosts = await openHosts(paths.hosts);
  const host = await hosts.find('ct120');
  if (host === undefined) throw new Error('the stack host made no container 120');
  await host.booted();
  const on: PathLab['on'] = async (script, stdin = '') => {
    const shell = ['bash', '--norc', '-euo', 'pipefail', '-c', script];
    const { exitCode, stdout, stderr } = await host.enter(shell, stdin);
    if (exitCode !== 0) throw new Error(`${script}\nended with ${String(exitCode)}: ${stderr}`);
    return stdout.trim();
  };

  await writeFile(path('inventory.yml'), await backbone(['inventory']));
  await copyFile(paths.caCertificate, path('ca.pem'));
  await buildClient(path('backbone-client.cjs'));
  await symlink(join(project, 'lab', 'proxmox', 'ssh-double.sh'), path('ssh'));
  const identity = await on('age-keygen 2> /dev/null');
  const engine = await goTool(goTools.awsSecretsEngine, silent);
  const helper = await goTool(goTools.awsSigningHelper, silent);
  await writeFile(
    path('variables.json'),
    JSON.stringify({
      ansible_python_interpreter: '/usr/bin/python3',
      openbao_artifacts: path('artifacts'),
      openbao_recipients: [/age1\w+/.exec(identity)?.[0] ?? ''],
      openbao_binary_src: (await openbao(silent)).path,
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
    }),
  );
  await writeFile(
    path('consumers.json'),
    JSON.stringify({
      ansible_python_interpreter: '/usr/bin/python3',
      consumer_client: path('backbone-client.cjs'),
      consumer_contract: path('contract.json'),
      consumer_wait_seconds: 300,
      consumer_services: [
        {
          name: 'exporter',
          command: [
            ...['/bin/sh', '-c'],
            'printf %s "$UNIFI_PASSWORD" >"$RUNTIME_DIRECTORY/got"; exec sleep infinity',
          ],
        },
      ],
    }),
  );
  const decrypted = (encrypted: string) => decrypt(on, identity, encrypted);
  const played = (variables: string, args: readonly string[]) =>
    play(
      ansible,
      {
        ...{ inventory: path('inventory.yml'), variables: path(variables) },
        ...{ sshConfig: hosts.sshConfig, controlPath: path('%n') },
      },
      args,
    );
  return {
    ...{ lab, hosts, host, path, on, inside, backbone },
    site: (...args) => played('variables.json', ['site.yml', ...args]),
    playbook: (playbook, args) => played('variables.json', [playbook, ...args]),
    decrypt: decrypted,
    consumer: (...args) =>
      played('consumers.json', ['consumer.yml', '--limit', 'unpoller', ...args]),
    keepPassword: async () => {
      const file = await readFile(path('artifacts/bootstrap-password.age'), 'latin1');
      const password = await decrypted(file);
      await writeFile(paths.bootstrapPassword, password, { mode: 0o600 });
    },
  };
}
