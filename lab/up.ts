import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { writeWhole } from '../src/commands/write-whole.ts';
import { loadDeclaration } from '../src/config/load.ts';
import { resolveBackbone } from '../src/model/backbone.ts';
import { resolveContract } from '../src/model/contract.ts';
import { readForLab, servingConsumers, writeLabDeclaration } from './declaration.ts';
import { githubCas } from './consumer-host.ts';
import { removeLab } from './down.ts';
import { baseImage } from './host/base-image.ts';
import { openHosts } from './host/hosts.ts';
import { inNetwork } from './host/network.ts';
import { ensureHostSupport } from './host/packages.ts';
import { siteNetwork } from './host/site.ts';
import type { Lab } from './lab.ts';
import { makeMaterial } from './material.ts';
import { ensure, type Parts } from './parts/ensure.ts';
import type { Progress } from './parts/part.ts';
import { labPaths, type LabPaths } from './paths.ts';
import { exclusively } from './processes/lock.ts';
import { freePorts } from './processes/port.ts';
import { isAlive, startProcess, waitFor, type Command } from './processes/process.ts';
import { writeLocks } from './providers/locks.ts';
import { prepareMirror, type MirroredProvider } from './providers/mirror.ts';
import { releaseOf } from './proxmox/booting.ts';
import { readRecord, serversOf, writeRecord, type Flavour, type LabRecord } from './record.ts';
import { serverPlans } from './servers.ts';

const example = fileURLToPath(new URL('../backbone.yaml', import.meta.url));

export interface UpOptions {
  readonly progress: Progress;
  /** The declaration to bring up. @default - the example of the project */
  readonly declaration?: string;
  /** @default - that of the lab that is there, else `process` */
  readonly flavour?: Flavour;
  readonly paths?: LabPaths;
}

/** A lab of the other flavour is there. */
export class LabDiffers extends Error {
  override readonly name = 'LabDiffers';
}

/**
 * Brings the lab up, or what is missing of it: servers that run are left alone, servers that ended are
 * started again on their ports and data, and what a killed `lab up` left is cleaned away first.
 *
 * @throws PartMissing  a part cannot be had on this machine
 * @throws LabBusy      another command works on the same lab
 * @throws LabDiffers   the lab that is there is of another flavour
 */
export async function labUp(options: UpOptions): Promise<Lab> {
  const { progress, declaration = example, flavour, paths = labPaths() } = options;
  return exclusively(paths.lock, async () => {
    const parts = await ensure(progress);
    let record = await readRecord(paths);
    if (record === 'unreadable' || record?.phase === 'starting') {
      progress('cleaning up after a lab that was cut off on its way up');
      await removeLab(paths);
      record = undefined;
    }
    if (record !== undefined && flavour !== undefined && record.flavour !== flavour) {
      throw new LabDiffers(
        `the lab that is up has its hosts as ${record.flavour}; run first: npx backbone lab down`,
      );
    }
    record ??= await layOut({ paths, parts, declaration, flavour: flavour ?? 'process' }, progress);
    const { declaration: declared, serverCa } = await loadDeclaration(paths.declaration);
    // A network is gone after a restart of the machine.
    if (record.flavour === 'container') await openHosts(paths.hosts);
    const backbone = resolveBackbone(declared);
    // Each time, as the declaration of a lab that runs may have been changed.
    const github = githubCas(backbone, serverCa);
    const contract = resolveContract(backbone, serverCa, undefined, { github });
    await writeWhole(paths.contract, `${JSON.stringify(contract, undefined, 2)}\n`);
    record = await startMissing({ paths, record, backbone, parts }, progress);
    return { paths, record, backbone, parts };
  });
}

interface Plot {
  readonly paths: LabPaths;
  readonly parts: Parts;
  readonly declaration: string;
  readonly flavour: Flavour;
}

/** Directories, material, mirror, declaration: everything that a lab has before its first server. */
async function layOut(plot: Plot, progress: Progress): Promise<LabRecord> {
  const { paths, parts, declaration, flavour } = plot;
  if (flavour === 'container') await ensureHostSupport(progress);
  const optional = flavour === 'process' && declaration === example;
  const document = await readForLab({ original: declaration, flavour, optional });
  await makeMaterial(paths, flavour, servingConsumers(document));
  const [openbao, openbaoCluster, aws, moto, proxmox, infisical, unifi, adapter, ...more] =
    await freePorts(11);
  const [github, broker, proxy] = more;
  const ports = {
    ...{ openbao, openbaoCluster, aws, moto },
    ...{ proxmox, infisical, unifi, adapter },
    ...{ github, broker, proxy },
  } as LabRecord['ports'];
  if (optional) document.setIn(['proxy', 'upstreams', 'unifi', 'port'], proxy);
  const starting: LabRecord = {
    ...{ version: 1, phase: 'starting', flavour, ports, processes: {}, parts: [] },
  };
  await writeRecord(paths, starting);
  const providers = await prepareMirror(paths, parts.terraform, progress);
  await writeLocks(paths, parts.terraform);
  await writeLabDeclaration({ document, paths, ports, flavour });
  const namespace = flavour === 'container' ? await prepareHosts(paths, progress) : undefined;
  return { ...starting, namespace, parts: partsOf(parts, providers, flavour) };
}

/** @returns the network namespace of the lab */
async function prepareHosts(paths: LabPaths, progress: Progress): Promise<string> {
  const { declaration } = await loadDeclaration(paths.declaration);
  await baseImage(releaseOf(declaration.proxmox.template.fileName), 'template', progress);
  const { network } = await openHosts(paths.hosts, siteNetwork(declaration));
  return network.namespace;
}

async function startMissing(lab: Lab, progress: Progress): Promise<LabRecord> {
  const { paths } = lab;
  let { record } = lab;
  const own = serversOf(record.flavour);
  for (const { server, prepare, ready } of serverPlans(lab)) {
    if (!own.includes(server)) continue;
    const running = record.processes[server];
    if (running !== undefined && (await isAlive(running))) continue;
    const prepared = await prepare();
    if ('waitsFor' in prepared) {
      progress(`${server} waits for ${prepared.waitsFor}`);
      continue;
    }
    progress(`starting ${server}`);
    const command = within(record.namespace, prepared);
    const log = join(paths.logs, `${server}.log`);
    const id = await startProcess(command, log);
    // Written before it is waited for: a lab that is killed now still knows what it has to end.
    record = { ...record, processes: { ...record.processes, [server]: id } };
    await writeRecord(paths, record);
    await waitFor(server, id, log, ready);
  }
  record = { ...record, phase: 'up' };
  await writeRecord(paths, record);
  return record;
}

function within(namespace: string | undefined, wanted: Command): Command {
  if (namespace === undefined) return wanted;
  const [command, ...args] = [...inNetwork(namespace), wanted.command, ...wanted.args];
  return { ...wanted, command, args };
}

function partsOf(
  parts: Parts,
  providers: readonly MirroredProvider[],
  flavour: Flavour,
): LabRecord['parts'] {
  const { openbao, terraform, awsSecretsEngine, awsSigningHelper } = parts;
  return [
    ...[openbao, terraform, awsSecretsEngine, awsSigningHelper].map(
      ({ name, version, source }) => ({ name, version, source, kind: 'real' as const }),
    ),
    ...providers.map(({ source, version, from }) => ({
      name: `provider ${source}`,
      version,
      source: from,
      kind: from === 'stand-in' ? ('stand-in' as const) : ('real' as const),
    })),
    {
      name: 'AWS (moto behind the authorising proxy)',
      version: '5.2.5',
      source: 'PyPI',
      kind: 'double',
    },
    { name: 'IAM Roles Anywhere', version: '-', source: 'this project', kind: 'double' },
    {
      name: 'Infisical API, and GitHub as the target of its syncs',
      version: '-',
      source: 'this project',
      kind: 'double',
    },
    { name: 'Proxmox VE API', version: '-', source: 'this project', kind: 'double' },
    { name: 'UniFi OS console', version: '-', source: 'this project', kind: 'double' },
    { name: 'GitHub (API; git is real)', version: '-', source: 'this project', kind: 'double' },
    ...(flavour === 'process'
      ? []
      : [
          {
            ...{ name: 'containers (Debian, systemd)', version: '-' },
            ...{ source: 'debootstrap', kind: 'real' as const },
          },
        ]),
  ];
}
