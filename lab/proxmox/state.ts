import { readFile } from 'node:fs/promises';
import { z } from 'zod';
import { writePrivateFile } from '../private-file.ts';

const values = z.record(z.string(), z.union([z.string(), z.number()]));

export const guest = z.strictObject({
  kind: z.enum(['lxc', 'qemu']),
  vmid: z.number(),
  node: z.string(),
  status: z.enum(['running', 'stopped']),
  pool: z.string().optional(),
  config: values,
});
export type Guest = z.infer<typeof guest>;

const task = z.strictObject({
  upid: z.string(),
  node: z.string(),
  type: z.string(),
  id: z.string(),
  user: z.string(),
  starttime: z.number(),
  exitstatus: z.string(),
});

const firewall = z.strictObject({ options: values, rules: z.array(values) });
export type Firewall = z.infer<typeof firewall>;

const template = z.strictObject({
  node: z.string(),
  storage: z.string(),
  volid: z.string(),
  size: z.number(),
  url: z.string(),
  checksum: z.string().optional(),
  checksumAlgorithm: z.string().optional(),
});

/** Everything that the double remembers. No secret: neither the token nor a password is kept. */
export const state = z.strictObject({
  version: z.literal(1),
  /** Counts tasks, disks and MAC addresses. */
  sequence: z.number(),
  guests: z.record(z.string(), guest),
  /** By vmid, as Proxmox keeps them: apart from the guest. */
  firewalls: z.record(z.string(), firewall),
  datacenterFirewall: values,
  pools: z.record(z.string(), z.strictObject({ comment: z.string() })),
  templates: z.array(template),
  tasks: z.array(task),
});
export type State = z.infer<typeof state>;

function emptyState(): State {
  return {
    version: 1,
    sequence: 0,
    guests: {},
    firewalls: {},
    // A new Proxmox VE has it off. The lab is a place where somebody has turned it on.
    datacenterFirewall: { enable: 1 },
    pools: {},
    templates: [],
    tasks: [],
  };
}

/** @throws Error  the file is not one of this double; it says which */
export async function readState(file: string): Promise<State> {
  let text: string;
  try {
    text = await readFile(file, 'utf8');
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return emptyState();
    throw error;
  }
  try {
    return state.parse(JSON.parse(text));
  } catch {
    throw new Error(`${file} is not a state of the Proxmox double; remove it to begin anew`);
  }
}

export function writeState(file: string, content: State): Promise<void> {
  return writePrivateFile(file, JSON.stringify(content));
}
