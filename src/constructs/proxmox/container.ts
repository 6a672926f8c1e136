import { Construct } from 'constructs';
import ipaddr from 'ipaddr.js';
import { VirtualEnvironmentContainer } from '../../../.gen/providers/proxmox/virtual-environment-container/index.js';
import type { Address, Cidr, Name, Tag, Vmid } from '../../config/brands.ts';
import { ConstructError } from '../construct-error.ts';
import { named } from '../logical-id.ts';
import { TerraformData } from '../terraform-data.ts';
import type { Template } from './container-template.ts';
import { programTag, type Guests } from './guests.ts';
import type { Pool } from './pool.ts';

export interface ContainerProps {
  /** Host name, and name of the resource. */
  readonly name: Name;
  readonly vmid: Vmid;
  /** Proxmox node. */
  readonly node: string;
  readonly pool: Pick<Pool, 'poolName'>;
  readonly template: Template;
  readonly guests: Guests;
  readonly cores: number;
  readonly memoryMiB: number;
  readonly diskGiB: number;
  /** Storage of its disks. */
  readonly datastore: string;
  /** A volume of its own for what lies below a path; no backup by Proxmox has it. @default - none */
  readonly volume?: { readonly path: string; readonly sizeGiB: number };
  readonly bridge: string;
  readonly address: Address;
  /** Network of the address; its prefix length is given to the interface. */
  readonly network: Cidr;
  readonly gateway: Address;
  readonly dns: readonly Address[];
  /** OpenSSH public keys of root. */
  readonly sshPublicKeys: readonly string[];
  /** @default - the tag of this program alone */
  readonly tags?: readonly Tag[];
  /** Neither Terraform nor Proxmox destroys or replaces it. */
  readonly protection: boolean;
  /** Place in the start order of the node; lower is earlier. */
  readonly startupOrder: number;
}

/**
 * An unprivileged LXC container with a static address.
 *
 * Guarantees: it is created stopped, so that nothing runs before its firewall is there; a number that
 * another guest has is refused in the plan; memory is never swapped to disk; its interface is under the
 * Proxmox firewall. Keys, template and volume count at creation only: a later change of them in the declaration
 * does not replace the container. (For a volume that grows the provider would make a new container, and so lose what
 * is on it: https://github.com/bpg/terraform-provider-proxmox/issues/2995.) Every argument can be given by an API token that is not root@pam.
 *
 * @throws ConstructError  address outside its network, or no key to log in with
 */
export class Container extends Construct {
  readonly resource: VirtualEnvironmentContainer;
  /** Address of what is replaced whenever the container is made, for `replace_triggered_by`. */
  readonly making: string;
  readonly nodeName: string;
  readonly vmid: Vmid;
  readonly hostName: Name;

  constructor(scope: Construct, id: string, props: ContainerProps) {
    super(scope, id);
    this.nodeName = props.node;
    this.vmid = props.vmid;
    this.hostName = props.name;
    if (props.sshPublicKeys.length === 0) {
      throw new ConstructError(this, 'no SSH public key; nobody could log in to configure it');
    }
    this.resource = named(
      new VirtualEnvironmentContainer(this, 'Resource', {
        vmId: props.vmid,
        nodeName: props.node,
        poolId: props.pool.poolName,
        tags: [...new Set<string>([...(props.tags ?? []), programTag])].sort(),
        unprivileged: true,
        features: { nesting: true },
        cpu: { cores: props.cores },
        memory: { dedicated: props.memoryMiB, swap: 0 },
        disk: { datastoreId: props.datastore, size: props.diskGiB },
        mountPoint:
          props.volume === undefined
            ? undefined
            : [
                {
                  volume: props.datastore,
                  size: `${String(props.volume.sizeGiB)}G`,
                  path: props.volume.path,
                  backup: false,
                },
              ],
        operatingSystem: { templateFileId: props.template.fileId, type: props.template.osType },
        initialization: {
          hostname: props.name,
          dns: { servers: [...props.dns] },
          ipConfig: [this.ipConfig(props)],
          userAccount: { keys: [...props.sshPublicKeys] },
        },
        networkInterface: [{ name: 'eth0', bridge: props.bridge, firewall: true }],
        protection: props.protection,
        startOnBoot: true,
        startup: { order: props.startupOrder },
        started: false,
        lifecycle: {
          preventDestroy: props.protection ? true : undefined,
          ignoreChanges: [
            'started',
            'operating_system[0].template_file_id',
            'initialization[0].user_account',
            'mount_point',
          ],
          precondition: [props.guests.isFreeOrOurs(props)],
        },
      }),
      props.name,
    );
    // The container itself cannot be named there: Terraform triggers on a replaced resource, not on one
    // that is created because somebody else had removed it. An id that is not known yet covers both.
    const making = named(
      new TerraformData(this, 'Making', { triggersReplace: { container: this.resource.id } }),
      `container-${props.name}`,
    );
    this.making = `${making.terraformResourceType}.${making.friendlyUniqueId}`;
  }

  private ipConfig({ address, network, gateway }: ContainerProps) {
    const [base, prefix] = ipaddr.parseCIDR(network);
    const own = ipaddr.parse(address);
    if (own.kind() !== base.kind() || !own.match(base, prefix)) {
      throw new ConstructError(this, `the address ${address} is outside the network ${network}`);
    }
    const config = { address: `${address}/${String(prefix)}`, gateway };
    return own.kind() === 'ipv4' ? { ipv4: config } : { ipv6: config };
  }
}
