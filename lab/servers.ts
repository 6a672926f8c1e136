import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { execa } from 'execa';
import type { Backbone } from '../src/model/backbone.ts';
import { brokerPlan } from './broker.ts';
import { prepareAdapter, engineEnvironment } from './adapter/adapter.ts';
import { motoCommand } from './aws/moto.ts';
import type { DoublesConfig } from './doubles.ts';
import { inNetwork } from './host/network.ts';
import { doublesAddress } from './host/site.ts';
import { openSession } from './identity.ts';
import { githubPlaceOf } from './github/place.ts';
import type { Lab } from './lab.ts';
import { health } from './openbao/api.ts';
import { prepareOpenBao } from './openbao/server.ts';
import { exists } from './parts/cache.ts';
import { proxyPlans } from './proxy.ts';
import { writePrivateFile } from './private-file.ts';
import type { LabPaths } from './paths.ts';
import type { ServerPlan } from './server-plan.ts';
import { makeAccounts } from './unifi/accounts.ts';

/** All of them; which are started depends on the flavour. */
export function serverPlans(lab: Lab): readonly ServerPlan[] {
  const { paths, record, backbone, parts } = lab;
  const { ports, namespace } = record;
  const { account } = backbone.declaration.aws;
  const readyFile = join(paths.root, 'doubles.ready');
  return [
    {
      server: 'moto',
      prepare: () =>
        Promise.resolve(motoCommand(parts.python, { port: ports.moto, accountId: account })),
      ready: () => answers(`${url(ports.moto)}/moto-api/`, namespace),
    },
    {
      server: 'doubles',
      prepare: async () => {
        await rm(readyFile, { force: true });
        await makeAccounts(backbone, paths.unifiAccounts);
        const config = doublesOf(lab, readyFile);
        await writePrivateFile(paths.doublesConfig, JSON.stringify(config));
        return {
          command: process.execPath,
          args: [
            ...['--import', 'tsx', fileURLToPath(new URL('./doubles.ts', import.meta.url))],
            paths.doublesConfig,
          ],
          env: cacheEnvironment(),
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
      ready: () => answers(`${url(ports.adapter)}/status`, namespace),
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
    ...brokerPlan(lab),
    ...proxyPlans(lab),
  ];
}

const url = (port: number) => `http://127.0.0.1:${String(port)}`;

/** Nothing where the declaration has no Infisical. */
function infisicalDouble(
  paths: LabPaths,
  port: number,
  { infisical }: Backbone,
): Pick<DoublesConfig, 'infisical'> {
  if (infisical === undefined) return {};
  return {
    infisical: {
      stateDir: paths.infisicalState,
      port,
      certificateFile: paths.infisicalCertificate,
      keyFile: paths.infisicalKey,
      administratorFile: paths.infisicalAdministrator,
      organizationId: infisical.organizationId,
      plan: infisical.plan,
      connections: [...new Set(infisical.syncs.map(({ connectionId }) => connectionId))],
    },
  };
}

/** Nothing where the declaration has no GitHub. */
function githubDouble(
  paths: LabPaths,
  port: number,
  { github }: Backbone,
): Pick<DoublesConfig, 'github'> {
  if (github === undefined) return {};
  return {
    github: {
      ...{ stateDir: paths.githubState, port },
      ...{ certificateFile: paths.githubCertificate, keyFile: paths.githubKey },
      publicKeyFile: paths.githubAppPublicKey,
      place: githubPlaceOf(github),
    },
  };
}

/** In a network of the lab's own the doubles listen for containers, too, where nothing else can reach them. */
function doublesOf({ paths, record, backbone }: Lab, readyFile: string): DoublesConfig {
  const { ports } = record;
  const { account: accountId, region } = backbone.declaration.aws;
  const contained = record.flavour === 'container';
  const files = { certificateFile: paths.awsCertificate, keyFile: paths.awsKey };
  return {
    aws: {
      ...{ motoUrl: url(ports.moto), stateDir: paths.awsState, accountId, region, port: ports.aws },
      ...(contained && { tls: { host: doublesAddress, port: 443, ...files } }),
    },
    proxmox: {
      ...{ stateDir: paths.proxmoxState, port: ports.proxmox },
      host: contained ? doublesAddress : '127.0.0.1',
      ...{ certificateFile: paths.proxmoxCertificate, keyFile: paths.proxmoxKey },
      ...{ tokenFile: paths.proxmoxToken, nodes: proxmoxNodes(backbone) },
      ...(contained && {
        hosts: { directory: paths.hosts, anchorsFile: paths.caCertificate },
      }),
    },
    ...infisicalDouble(paths, ports.infisical, backbone),
    ...githubDouble(paths, ports.github, backbone),
    unifi: {
      ...{ stateDir: paths.unifiState, port: ports.unifi },
      host: contained ? doublesAddress : '127.0.0.1',
      ...{ certificateFile: paths.unifiCertificate, keyFile: paths.unifiKey },
      accountsFile: paths.unifiAccounts,
    },
    readyFile,
  };
}

/** The doubles look for base images where the rest of the lab does. */
function cacheEnvironment(): Record<string, string> {
  const cache = process.env['XDG_CACHE_HOME'];
  return cache === undefined ? {} : { XDG_CACHE_HOME: cache };
}

function proxmoxNodes({ declaration }: Backbone): string[] {
  const { proxmox, openbao } = declaration;
  return [...new Set([proxmox.node, ...openbao.nodes.map(({ node }) => node ?? proxmox.node)])];
}

/** @param namespace  where the server is, if not in this process's network */
async function answers(url: string, namespace?: string): Promise<boolean> {
  if (namespace !== undefined) {
    const { hostname, port } = new URL(url);
    const connect = ['bash', '-c', `exec 3<>/dev/tcp/${hostname}/${port}`];
    const [command, ...args] = [...inNetwork(namespace), ...connect];
    return !(await execa(command, args, { reject: false })).failed;
  }
  try {
    await fetch(url, { signal: AbortSignal.timeout(1000) });
    return true;
  } catch {
    return false;
  }
}
