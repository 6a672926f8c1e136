import { loadDeclaration } from '../src/config/load.ts';
import { resolveBackbone } from '../src/model/backbone.ts';
import { health } from './openbao/api.ts';
import { labPaths, type LabPaths } from './paths.ts';
import { isAlive } from './processes/process.ts';
import { seeHosts, type SeenHost } from './host/hosts.ts';
import { consumerServers, readRecord, serversOf, type LabRecord } from './record.ts';

export interface LabStatus {
  readonly state: 'down' | 'cut off' | 'degraded' | 'up';
  readonly directory: string;
  readonly servers: readonly {
    readonly server: string;
    readonly running: boolean;
    /** Not started yet: it is a consumer, and the stacks are not deployed. */
    readonly waits: boolean;
    /** The feeder listens nowhere. */
    readonly port: number | undefined;
  }[];
  /** Containers that Proxmox's double has made. */
  readonly hosts: readonly SeenHost[];
  readonly openbao: string | undefined;
  readonly parts: LabRecord['parts'];
}

/**
 * Looks, and changes nothing. OpenBao in a container is no part of the lab's own state, as Ansible makes it.
 * Where the lab has containers, this has to run in its network.
 */
export async function labStatus(paths: LabPaths = labPaths()): Promise<LabStatus> {
  const record = await readRecord(paths);
  const nothing = { directory: paths.root, servers: [], hosts: [], openbao: undefined, parts: [] };
  if (record === undefined) return { state: 'down', ...nothing };
  if (record === 'unreadable') return { state: 'cut off', ...nothing };
  const portOf = {
    ...({ moto: 'moto', doubles: 'aws', adapter: 'adapter', openbao: 'openbao' } as const),
    ...({ broker: 'broker', feeder: undefined, envoy: 'proxy' } as const),
  };
  const seen = await Promise.all(
    serversOf(record.flavour).map(async (server) => {
      const id = record.processes[server];
      const running = id !== undefined && (await isAlive(id));
      const waits = id === undefined && consumerServers.has(server);
      const port = portOf[server];
      return { server, running, waits, port: port && record.ports[port] };
    }),
  );
  const contained = record.flavour === 'container';
  const openbao = await health(
    contained ? await addressOf(paths) : `https://127.0.0.1:${String(record.ports.openbao)}`,
    paths.caCertificate,
  );
  const whole =
    seen.every(({ running, waits }) => running || waits) && (contained || openbao === 'active');
  return {
    state: record.phase === 'starting' ? 'cut off' : whole ? 'up' : 'degraded',
    directory: paths.root,
    servers: seen,
    hosts: await seeHosts(paths.hosts),
    openbao,
    parts: record.parts,
  };
}

async function addressOf(paths: LabPaths): Promise<string> {
  const { declaration } = await loadDeclaration(paths.declaration);
  return resolveBackbone(declaration).openbaoAddress;
}
