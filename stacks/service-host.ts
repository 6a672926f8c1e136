import { TerraformOutput } from 'cdktf';
import type { Construct } from 'constructs';
import { ProxmoxProvider } from '../.gen/providers/proxmox/provider/index.js';
import { named } from '../src/constructs/logical-id.ts';
import { Container } from '../src/constructs/proxmox/container.ts';
import { ContainerFirewall } from '../src/constructs/proxmox/container-firewall.ts';
import { ContainerStart } from '../src/constructs/proxmox/container-start.ts';
import { downloadedTemplate } from '../src/constructs/proxmox/container-template.ts';
import { Guests } from '../src/constructs/proxmox/guests.ts';
import type { Backbone } from '../src/model/backbone.ts';
import type { ServiceHost } from '../src/model/service-host.ts';
import { BackboneStack } from './stack.ts';

/**
 * The container of the GitHub broker (`github-host`) or of the egress proxy (`proxy-host`). A stack each: one is
 * taken down and made anew without the other, and without OpenBao. Pool and template are those that the stack
 * `host` makes, by their names.
 *
 * Guarantees: in by its port from the consumers that are granted it, and by SSH from operators; out to OpenBao,
 * name servers and what it is there for. It is not protected: all that it holds can be made again.
 */
export class ServiceHostStack extends BackboneStack {
  constructor(scope: Construct, backbone: Backbone, host: ServiceHost) {
    super(scope, host.stack, backbone);
    const { proxmox } = backbone.declaration;
    const { consumer: name, vmid, address, container: made } = host;
    if (made === undefined) throw new Error(`the container of ${name} is not this program's`);

    new ProxmoxProvider(this, 'proxmox', { endpoint: proxmox.endpoint });
    const { storage, fileName } = proxmox.template;
    const container = new Container(this, name, {
      ...{ name, vmid, address, node: made.node },
      pool: { poolName: proxmox.pool },
      template: downloadedTemplate(this, storage, fileName),
      guests: new Guests(this, 'guests'),
      cores: made.cores,
      memoryMiB: made.memoryMiB,
      diskGiB: made.diskGiB,
      datastore: proxmox.datastore,
      bridge: proxmox.bridge,
      network: proxmox.network,
      gateway: proxmox.gateway,
      dns: proxmox.dns,
      sshPublicKeys: proxmox.sshPublicKeys,
      tags: proxmox.tags,
      protection: false,
      // After OpenBao, without which it is let in nowhere.
      startupOrder: 2,
    });
    const firewall = new ContainerFirewall(this, `firewall-${name}`, {
      container,
      rules: host.inbound,
      outbound: { dns: proxmox.dns, rules: host.outbound },
    });
    if (made.started) {
      new ContainerStart(this, `start-${name}`, {
        endpoint: proxmox.endpoint,
        container,
        firewall,
      });
    }
    named(
      new TerraformOutput(this, 'output', {
        value: { name, address, vmid: container.resource.vmId, node: made.node },
        description: 'The container, and where it is',
      }),
      'service_host',
    );
  }
}
