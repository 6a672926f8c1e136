import { execa } from 'execa';
import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { network } from '../../src/config/network.ts';
import type { Backbone } from '../../src/model/backbone.ts';
import type { Consumer } from '../../src/model/consumer.ts';
import type { Progress } from '../parts/part.ts';
import { nameOf } from '../proxmox/pct.ts';
import type { Lab } from '../lab.ts';
import { openAnsible } from './ansible.ts';
import { openLabSite, SiteFailed, type LabSite } from './lab-site.ts';

const cli = fileURLToPath(new URL('../../bin/backbone.mjs', import.meta.url));

/**
 * README's "Deploying for real" on a lab with containers: the stack `host`, `site.yml` over SSH, the stack
 * `openbao`, an operator, and a container of a consumer that is started with a wrapped SecretID. Harmless when
 * repeated, also where it was cut off.
 *
 * @throws PartMissing  there is no Ansible for this machine
 * @throws SiteFailed  a step failed, with what it said
 */
export async function makeWholeSite({ paths, backbone }: Lab, progress: Progress): Promise<void> {
  const directory = join(paths.root, 'ansible');
  progress('deploying the stacks host and aws-trust');
  const site = await openLabSite({
    ...{ paths, directory, progress },
    ansible: await openAnsible(join(directory, 'programs'), progress),
    inside: async (command, { input } = {}) => {
      const { exitCode, stdout, stderr } = await execa(
        process.execPath,
        [cli, 'lab', 'shell', '--', ...command],
        {
          cwd: fileURLToPath(new URL('../..', import.meta.url)),
          env: { BACKBONE_LAB: paths.root },
          reject: false,
          ...(input === undefined ? { stdin: 'ignore' } : { input }),
        },
      );
      return { exitCode, stdout, stderr };
    },
  });
  progress('site.yml: a bare container becomes OpenBao (minutes)');
  const made = await site.play('site.yml');
  if (made.exitCode !== 0) throw new SiteFailed(`site.yml failed:\n${made.all}`);
  await site.keepPassword();
  progress('deploying the stack openbao');
  await site.backbone(['deploy', 'openbao', '--auto-approve']);
  await site.makeOperator();
  await addConsumer(site, backbone, progress);
}

/** The first declared container that may read a secret. */
async function addConsumer(site: LabSite, backbone: Backbone, progress: Progress): Promise<void> {
  const { consumers, declaration } = backbone;
  const consumer = consumers.find(
    ({ kind, grants }) => kind === 'lxc' && grants.some((grant) => grant.kind === 'secret'),
  );
  const declared = consumer === undefined ? undefined : declaration.consumers[consumer.name];
  if (consumer === undefined || declared?.kind !== 'lxc') {
    progress('no consumer is made: none that is a container may read a secret');
    return;
  }
  const { vmid, address } = declared.container;
  const there = await site.hosts.find(nameOf(vmid));
  if (there !== undefined) {
    if (!(await there.isRunning())) await there.start();
    return;
  }
  progress(`consumer.yml: a container for ${consumer.name}, started with a wrapped SecretID`);
  await writeSecrets(site, consumer);
  const { prefix } = network(declaration.proxmox.network);
  const { container } = await site.cloneConsumer(consumer.name, {
    ...{ name: nameOf(vmid), hostname: consumer.name, address: `${address}/${String(prefix)}` },
    release: site.host.record.settings.release,
  });
  const delivered = await site.deliver(consumer.name);
  if (delivered.exitCode !== 0) {
    // Not to be taken for one that has its credential.
    await site.hosts.destroy(container.name);
    throw new SiteFailed(`the delivery to ${consumer.name} failed:\n${delivered.stderr}`);
  }
  await container.booted();
}

/** Values of chance, as the lab's. */
async function writeSecrets(site: LabSite, { grants }: Consumer): Promise<void> {
  for (const grant of grants) {
    if (grant.kind !== 'secret') continue;
    const fields = grant.fields.map((field) => [field, `lab-${randomBytes(12).toString('hex')}`]);
    await site.backbone(
      ['secret', 'put', grant.secret],
      JSON.stringify(Object.fromEntries(fields)),
    );
  }
}
