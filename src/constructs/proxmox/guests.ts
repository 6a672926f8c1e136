import type { Precondition } from 'cdktf';
import { Construct } from 'constructs';
import { DataProxmoxVirtualEnvironmentContainers } from '../../../.gen/providers/proxmox/data-proxmox-virtual-environment-containers/index.js';
import { DataProxmoxVirtualEnvironmentVms } from '../../../.gen/providers/proxmox/data-proxmox-virtual-environment-vms/index.js';
import { named } from '../logical-id.ts';

/** On every container of this program; it tells them from other guests. */
export const programTag = 'credential-backbone';

export interface Guest {
  readonly vmid: number;
  readonly name: string;
  readonly node: string;
}

/**
 * All guests of the cluster, read at plan time.
 *
 * The provider takes Proxmox's "already exists" for success and adopts whatever has the number, so a
 * number that is taken has to be found before. The API token must see all guests (VM.Audit on /vms): one
 * that it does not see is missing here.
 */
export class Guests extends Construct {
  private readonly containers: string;
  private readonly vms: string;

  constructor(scope: Construct, id: string) {
    super(scope, id);
    const containers = named(
      new DataProxmoxVirtualEnvironmentContainers(this, 'Containers'),
      'guests',
    );
    const vms = named(new DataProxmoxVirtualEnvironmentVms(this, 'Vms'), 'guests');
    this.containers = `data.${containers.terraformResourceType}.${containers.friendlyUniqueId}.containers`;
    this.vms = `data.${vms.terraformResourceType}.${vms.friendlyUniqueId}.vms`;
  }

  /**
   * Holds when the number is free, or held by this very guest: a container on that node, with that host
   * name and the tag of this program.
   */
  isFreeOrOurs({ vmid, name, node }: Guest): Precondition {
    const ours = `guest.name == "${name}" && guest.node_name == "${node}" && try(contains(guest.tags, "${programTag}"), false)`;
    const others =
      `concat([for guest in ${this.containers} : guest if guest.vm_id == ${String(vmid)} && !(${ours})], ` +
      `[for guest in ${this.vms} : guest if guest.vm_id == ${String(vmid)}])`;
    return {
      condition: `\${length(${others}) == 0}`,
      errorMessage:
        `The vmid ${String(vmid)} of ${name} is taken by ` +
        `\${join(", ", [for other in ${others} : "\\"\${other.name}\\" on node \${other.node_name}"])}, ` +
        `which this program did not make there. Nothing has been changed. ` +
        `Give ${name} a free vmid, or remove that guest.`,
    };
  }
}
