import { mkdir, readdir, readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { images, releases } from './base-image.ts';

const cidr = z.string().regex(/^\d+(\.\d+){3}\/\d+$/);
const address = z.string().regex(/^\d+(\.\d+){3}$/);

/** `network.json` of a directory of hosts. */
const networkRecord = z.strictObject({
  namespace: z.string().regex(/^backbone-[0-9a-f]{8}$/),
  bridge: z.string().regex(/^[a-z][a-z0-9]{0,14}$/),
  addresses: z.array(cidr),
  elsewhere: z.array(address).default([]),
  seat: address.optional(),
});
export type NetworkRecord = z.infer<typeof networkRecord>;

const containerName = z.string().regex(/^[a-z][a-z0-9-]{0,39}$/);

/** A file system beside the root file system, as a mount point `mp0` of Proxmox VE is. */
const volume = z.strictObject({
  name: z.string().regex(/^mp\d+$/),
  /** Where the container has it. */
  path: z.string().regex(/^(\/[\w.-]+)+$/),
  gib: z.number().int().min(1),
});
export type Volume = z.infer<typeof volume>;

/** What a container is made of. */
export const containerSettings = z.strictObject({
  name: containerName,
  hostname: z.string().regex(/^[a-z0-9]([a-z0-9.-]{0,62}[a-z0-9])?$/i),
  release: z.enum(releases),
  image: z.enum(images),
  /** IPv4 with prefix, e.g. `192.0.2.20/24`. */
  address: cidr,
  gateway: address.optional(),
  dns: z.array(address),
  /** @default - what the kernel picks at each boot */
  mac: z
    .string()
    .regex(/^([0-9A-F]{2}:){5}[0-9A-F]{2}$/i)
    .optional(),
  volumes: z.array(volume).default([]),
  /** Lines of `authorized_keys` of root. */
  authorizedKeys: z.array(z.string().regex(/^[^\n]+$/)),
});
export type ContainerSettings = z.infer<typeof containerSettings>;

/** `container.json`: written before anything of the container exists, so that all of it can be found. */
const containerRecord = z.strictObject({
  settings: containerSettings,
  /** Names of its cgroup and of its end of the network in the namespace; of this container alone. */
  cgroup: z.string().regex(/^backbone-[0-9a-f]{8}-[a-z0-9-]+$/),
  veth: z.string().regex(/^ve[0-9a-f]{8}$/),
  /** The base image that it lies over. */
  base: z.string(),
  /** Public half of its SSH host key. */
  hostKey: z.string(),
});
export type ContainerRecord = z.infer<typeof containerRecord>;

/** Where the pieces of a directory of hosts are. */
export function hostPaths(directory: string) {
  const of = (name: string) => join(directory, 'containers', name);
  return {
    network: join(directory, 'network.json'),
    ssh: join(directory, 'ssh'),
    containers: join(directory, 'containers'),
    container: (name: string) => ({
      directory: of(name),
      record: join(of(name), 'container.json'),
      /** Mount point of the root file system; `upper` has what the container itself wrote. */
      root: join(of(name), 'root'),
      upper: join(of(name), 'upper'),
      work: join(of(name), 'work'),
      /** Images of volumes, and where they are mounted. */
      volumes: join(of(name), 'volumes'),
      log: join(of(name), 'console.log'),
    }),
  };
}

/** Undefined where there is none. @throws Error  it cannot be read */
export async function readNetwork(directory: string): Promise<NetworkRecord | undefined> {
  return read(hostPaths(directory).network, networkRecord);
}

export async function writeNetwork(directory: string, network: NetworkRecord): Promise<void> {
  await write(hostPaths(directory).network, network);
}

export async function readContainer(
  directory: string,
  name: string,
): Promise<ContainerRecord | undefined> {
  return read(hostPaths(directory).container(name).record, containerRecord);
}

export async function writeContainer(directory: string, record: ContainerRecord): Promise<void> {
  await write(hostPaths(directory).container(record.settings.name).record, record);
}

/** Every container that was begun here, also one whose making was cut off. */
export async function containerNames(directory: string): Promise<readonly string[]> {
  const found = await readdir(hostPaths(directory).containers).catch(() => []);
  return found.filter((name) => containerName.safeParse(name).success).sort();
}

async function read<T>(file: string, schema: z.ZodType<T>): Promise<T | undefined> {
  let text: string;
  try {
    text = await readFile(file, 'utf8');
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
    throw error;
  }
  return schema.parse(JSON.parse(text));
}

async function write(file: string, content: unknown): Promise<void> {
  await mkdir(join(file, '..'), { recursive: true, mode: 0o700 });
  await writeFile(`${file}.new`, `${JSON.stringify(content, undefined, 2)}\n`, { mode: 0o600 });
  await rename(`${file}.new`, file);
}
