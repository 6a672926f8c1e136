import { readFile, rename, writeFile } from 'node:fs/promises';
import { z } from 'zod';
import type { LabPaths } from './paths.ts';
import { processId } from './processes/process.ts';

const servers = ['moto', 'doubles', 'adapter', 'openbao', 'broker', 'feeder', 'envoy'] as const;
export type Server = (typeof servers)[number];

/** These are consumers: they start when what lets them in is deployed. */
export const consumerServers: ReadonlySet<Server> = new Set(['broker', 'feeder', 'envoy']);

/** Where OpenBao runs: a process of the lab, or a container that Proxmox's double boots. */
export const flavours = ['process', 'container'] as const;
export type Flavour = (typeof flavours)[number];

/** What the lab itself starts, in this order. In a container, OpenBao and its adapter are Ansible's. */
export function serversOf(flavour: Flavour): readonly Server[] {
  return flavour === 'process' ? servers : ['moto', 'doubles'];
}

const port = z.number().int().min(1).max(65_535);

/** `lab.json`: what runs where. No secret stands in it. */
export const labRecord = z.strictObject({
  version: z.literal(1),
  /** `starting` is left by a lab that was killed on its way up: it is cleaned away, not resumed. */
  phase: z.enum(['starting', 'up']),
  flavour: z.enum(flavours),
  /** Network namespace in which all of the lab runs, where its hosts are containers. */
  namespace: z.string().optional(),
  ports: z.strictObject({
    openbao: port,
    openbaoCluster: port,
    aws: port,
    moto: port,
    proxmox: port,
    infisical: port,
    unifi: port,
    adapter: port,
    github: port,
    broker: port,
    proxy: port,
  }),
  processes: z.partialRecord(z.enum(servers), processId),
  parts: z.array(
    z.strictObject({
      name: z.string(),
      version: z.string(),
      source: z.string(),
      kind: z.enum(['real', 'double', 'stand-in']),
    }),
  ),
});
export type LabRecord = z.infer<typeof labRecord>;

/** Undefined where no lab is. A record that cannot be read is treated as one that was cut off. */
export async function readRecord(paths: LabPaths): Promise<LabRecord | 'unreadable' | undefined> {
  let text: string;
  try {
    text = await readFile(paths.record, 'utf8');
  } catch {
    return undefined;
  }
  try {
    return labRecord.parse(JSON.parse(text));
  } catch {
    return 'unreadable';
  }
}

export async function writeRecord(paths: LabPaths, record: LabRecord): Promise<void> {
  const scratch = `${paths.record}.new`;
  await writeFile(scratch, `${JSON.stringify(record, undefined, 2)}\n`, { mode: 0o600 });
  await rename(scratch, paths.record);
}
