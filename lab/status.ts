import { health } from './openbao/api.ts';
import { labPaths, type LabPaths } from './paths.ts';
import { isAlive } from './processes/process.ts';
import { readRecord, servers, type LabRecord } from './record.ts';

export interface LabStatus {
  readonly state: 'down' | 'cut off' | 'degraded' | 'up';
  readonly directory: string;
  readonly servers: readonly {
    readonly server: string;
    readonly running: boolean;
    readonly port: number;
  }[];
  readonly openbao: string | undefined;
  readonly parts: LabRecord['parts'];
}

/** Looks, and changes nothing. */
export async function labStatus(paths: LabPaths = labPaths()): Promise<LabStatus> {
  const record = await readRecord(paths);
  const nothing = { directory: paths.root, servers: [], openbao: undefined, parts: [] };
  if (record === undefined) return { state: 'down', ...nothing };
  if (record === 'unreadable') return { state: 'cut off', ...nothing };
  const portOf = { moto: 'moto', doubles: 'aws', adapter: 'adapter', openbao: 'openbao' } as const;
  const seen = await Promise.all(
    servers.map(async (server) => {
      const id = record.processes[server];
      const running = id !== undefined && (await isAlive(id));
      return { server, running, port: record.ports[portOf[server]] };
    }),
  );
  const openbao = await health(
    `https://127.0.0.1:${String(record.ports.openbao)}`,
    paths.caCertificate,
  );
  const whole = seen.every(({ running }) => running) && openbao === 'active';
  return {
    state: record.phase === 'starting' ? 'cut off' : whole ? 'up' : 'degraded',
    directory: paths.root,
    servers: seen,
    openbao,
    parts: record.parts,
  };
}
