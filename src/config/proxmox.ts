import { z } from 'zod';
import { address, cidr, httpsUrl, name, storageName, tag, vmid, webUrl } from './brands.ts';

/** Where containers are made. */
export const proxmox = z
  .strictObject({
    endpoint: httpsUrl.describe(
      'URL of the Proxmox VE API, https only, e.g. https://192.0.2.10:8006/',
    ),
    node: name.describe('Proxmox node that hosts a container which names none itself'),
    pool: z
      .string()
      .regex(/^[A-Za-z0-9_.-]+$/, 'a pool name: letters, digits, "_", "." and "-"')
      .describe('resource pool that holds every container of this program; made by it'),
    bridge: z
      .string()
      .regex(/^[a-z][a-z0-9]{1,14}$/, 'a bridge such as vmbr0')
      .describe('network bridge of the containers, e.g. vmbr0'),
    network: cidr.describe(
      'network of the containers; its prefix length is given to their addresses',
    ),
    gateway: address.describe('default gateway of that network'),
    dns: z.array(address).min(1).describe('name servers of the containers'),
    datastore: storageName.describe('storage for root disks, e.g. local-lvm'),
    template: z
      .strictObject({
        url: webUrl.describe('where Proxmox downloads the container template'),
        fileName: z
          .string()
          .regex(
            /^[A-Za-z0-9_.+-]+\.tar\.(gz|xz|zst)$/,
            'a file name that ends in .tar.gz, .tar.xz or .tar.zst',
          )
          .describe('file name of the template in the storage'),
        checksum: z
          .string()
          .regex(/^[0-9a-f]{128}$/, 'a SHA-512 checksum: 128 hexadecimal digits')
          .describe('SHA-512 of the template; Proxmox refuses the download on a mismatch'),
        storage: storageName.describe('storage that takes templates (content type vztmpl)'),
      })
      .describe('container template, downloaded by Proxmox and checked'),
    sshPublicKeys: z
      .array(
        z
          .string()
          .regex(
            /^(ssh-ed25519|ecdsa-sha2-nistp(256|384|521)|ssh-rsa|sk-ssh-ed25519@openssh\.com) [A-Za-z0-9+/=]+( [^\n]*)?$/,
            'an OpenSSH PUBLIC key line',
          ),
      )
      .min(1)
      .describe("the operator's public keys, for root in the containers"),
    tags: z
      .array(tag)
      .default([])
      .describe('tags on every container, beside the ones this program sets'),
  })
  .describe('the Proxmox VE place');

/** One OpenBao container. */
export const openbaoNode = z.strictObject({
  name: name.describe('host name of the container'),
  vmid: vmid.describe('guest number, unique in the Proxmox cluster'),
  address: address.describe('static address inside proxmox.network'),
  node: name
    .optional()
    .describe('Proxmox node; default proxmox.node. Spread three nodes over hosts'),
});

/**
 * The container of a service that this program offers to consumers. Number and address stand at its consumer,
 * as every address does that an identity works from.
 */
export const serviceContainer = z
  .strictObject({
    node: name.optional().describe('Proxmox node; default proxmox.node'),
    cores: z.number().int().min(1).max(64).default(1).describe('processor cores'),
    memoryMiB: z
      .number()
      .int()
      .min(256)
      .max(16_384)
      .default(512)
      .describe('memory in MiB; swap is always 0'),
    diskGiB: z
      .number()
      .int()
      .min(4)
      .default(4)
      .describe('root disk in GiB; it grows in place, shrinking replaces'),
    started: z
      .boolean()
      .default(true)
      .describe(
        'start it once its firewall is in place; false leaves the start to `backbone deliver --start`',
      ),
  })
  .describe(
    'this program makes its container, firewalled before it is started; default: the container is yours to make',
  );
export type ServiceContainer = z.infer<typeof serviceContainer>;
