import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { writeWhole } from '../src/commands/write-whole.ts';
import { loadDeclaration } from '../src/config/load.ts';
import { resolveBackbone, type Backbone } from '../src/model/backbone.ts';
import { resolveContract } from '../src/model/contract.ts';
import { prepareAdapter, engineEnvironment } from './adapter/adapter.ts';
import { motoCommand } from './aws/moto.ts';
import { writeLabDeclaration } from './declaration.ts';
import type { DoublesConfig } from './doubles.ts';
import { removeLab } from './down.ts';
import { makeAccounts } from './unifi/accounts.ts';
import { openSession } from './identity.ts';
import { makeMaterial } from './material.ts';
import { health } from './openbao/api.ts';
import { prepareOpenBao } from './openbao/server.ts';
import { ensure, type Parts } from './parts/ensure.ts';
import { exists } from './parts/cache.ts';
import type { Progress } from './parts/part.ts';
import { labPaths, type LabPaths } from './paths.ts';
import { writePrivateFile } from './private-file.ts';
import { exclusively } from './processes/lock.ts';
import { freePorts } from './processes/port.ts';
import { isAlive, startProcess, waitFor, type Command } from './processes/process.ts';
import { writeLocks } from './providers/locks.ts';
import { prepareMirror, type MirroredProvider } from './providers/mirror.ts';
import { readRecord, writeRecord, type LabRecord, type Server } from './record.ts';

const example = fileURLToPath(new URL('../backbone.yaml', import.meta.url));

/** A lab that runs. */
export interface Lab {
  readonly paths: LabPaths;
  readonly record: LabRecord;
  readonly backbone: Backbone;
  readonly parts: Parts;
}

export interface UpOptions {
  readonly progress: Progress;
  /** The declaration to bring up. @default - the example of the project */
  readonly declaration?: string;
  readonly paths?: LabPaths;
}

/**
 * Brings the lab up, or what is missing of it: servers that run are left alone, servers that ended are
 * started again on their ports and data, and what a killed `lab up` left is cleaned away first.
 *
 * @throws PartMissing  a part cannot be had on this machine
 * @throws LabBusy      another command works on the same lab
 */
export async function labUp(options: UpOptions): Promise<Lab> {
  const { progress, declaration = example, paths = labPaths() } = options;
  return exclusively(paths.lock, async () => {
    const parts = await ensure(progress);
    let record = await readRecord(paths);
    if (record === 'unreadable' || record?.phase === 'starting') {
      progress('cleaning up after a lab that was cut off on its way up');
      await removeLab(paths);
      record = undefined;
    }
    record ??= await layOut(paths, parts, declaration, progress);
    const { declaration: declared, serverCa } = await loadDeclaration(paths.declaration);
    const backbone = resolveBackbone(declared);
    // Each time, as the declaration of a lab that runs may have been changed.
    const contract = resolveContract(backbone, serverCa);
    await writeWhole(paths.contract, `${JSON.stringify(contract, undefined, 2)}\n`);
    record = await startMissing({ paths, record, backbone, parts }, progress);
    return { paths, record, backbone, parts };
  });
}

/** Directories, material, mirror, declaration: everything that a lab has before its first server. */
async function layOut(
  paths: LabPaths,
  parts: Parts,
  declaration: string,
  progress: Progress,
): Promise<LabRecord> {
  await makeMaterial(paths);
  const names = [
    'openbao',
    'openbaoCluster',
    'aws',
    'moto',
    'proxmox',
    'unifi',
    'adapter',
  ] as const;
  const free = await freePorts(names.length);
  const ports = Object.fromEntries(
    names.map((name, index) => [name, free[index]]),
  ) as LabRecord['ports'];
  const starting: LabRecord = { version: 1, phase: 'starting', ports, processes: {}, parts: [] };
  await writeRecord(paths, starting);
  const providers = await prepareMirror(paths, parts.terraform, progress);
  await writeLocks(paths, parts.terraform);
  await writeLabDeclaration(declaration, paths, ports);
  return { ...starting, parts: partsOf(parts, providers) };
}

async function startMissing(lab: Lab, progress: Progress): Promise<LabRecord> {
  const { paths } = lab;
  let { record } = lab;
  for (const { server, prepare, ready } of serversOf(lab)) {
    const running = record.processes[server];
    if (running !== undefined && (await isAlive(running))) continue;
    progress(`starting ${server}`);
    const command = await prepare();
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

interface ServerPlan {
  readonly server: Server;
  readonly prepare: () => Promise<Command>;
  readonly ready: () => Promise<boolean>;
}

function serversOf({ paths, record: { ports }, backbone, parts }: Lab): readonly ServerPlan[] {
  const { account, region } = backbone.declaration.aws;
  const url = (port: number) => `http://127.0.0.1:${String(port)}`;
  const readyFile = join(paths.root, 'doubles.ready');
  return [
    {
      server: 'moto',
      prepare: () =>
        Promise.resolve(motoCommand(parts.python, { port: ports.moto, accountId: account })),
      ready: () => answers(`${url(ports.moto)}/moto-api/`),
    },
    {
      server: 'doubles',
      prepare: async () => {
        await rm(readyFile, { force: true });
        await makeAccounts(backbone, paths.unifiAccounts);
        const config: DoublesConfig = {
          aws: {
            motoUrl: url(ports.moto),
            stateDir: paths.awsState,
            accountId: account,
            region,
            port: ports.aws,
          },
          proxmox: {
            stateDir: paths.proxmoxState,
            port: ports.proxmox,
            certificateFile: paths.proxmoxCertificate,
            keyFile: paths.proxmoxKey,
            tokenFile: paths.proxmoxToken,
            nodes: proxmoxNodes(backbone),
          },
          unifi: {
            stateDir: paths.unifiState,
            port: ports.unifi,
            certificateFile: paths.unifiCertificate,
            keyFile: paths.unifiKey,
            accountsFile: paths.unifiAccounts,
          },
          readyFile,
        };
        await writePrivateFile(paths.doublesConfig, JSON.stringify(config));
        return {
          command: process.execPath,
          args: [
            ...['--import', 'tsx', fileURLToPath(new URL('./doubles.ts', import.meta.url))],
            paths.doublesConfig,
          ],
        };
      },
      ready: () => exists(readyFile),
    },
    {
      server: 'adapter',
      prepare: () =>
        prepareAdapter({
          paths,
          backbone,
          port: ports.adapter,
          awsUrl: url(ports.aws),
          python: join(parts.python, 'bin', 'python'),
          signingHelper: parts.awsSigningHelper.path,
        }),
      ready: () => answers(`${url(ports.adapter)}/status`),
    },
    {
      server: 'openbao',
      prepare: () =>
        prepareOpenBao({
          paths,
          ports,
          bao: parts.openbao.path,
          awsEngine: parts.awsSecretsEngine.path,
          awsEngineEnv: engineEnvironment(paths, ports.adapter),
        }),
      // Active is not enough: self-initialisation makes the first identity shortly after.
      ready: async () =>
        (await health(backbone.openbaoAddress, paths.caCertificate)) === 'active' &&
        (await openSession({ paths, backbone }).then(
          () => true,
          () => false,
        )),
    },
  ];
}

function proxmoxNodes({ declaration }: Backbone): string[] {
  const { proxmox, openbao } = declaration;
  return [...new Set([proxmox.node, ...openbao.nodes.map(({ node }) => node ?? proxmox.node)])];
}

async function answers(url: string): Promise<boolean> {
  try {
    await fetch(url, { signal: AbortSignal.timeout(1000) });
    return true;
  } catch {
    return false;
  }
}

function partsOf(parts: Parts, providers: readonly MirroredProvider[]): LabRecord['parts'] {
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
    { name: 'Proxmox VE API', version: '-', source: 'this project', kind: 'double' },
    { name: 'UniFi OS console', version: '-', source: 'this project', kind: 'double' },
  ];
}
