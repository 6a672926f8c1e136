import { TerraformOutput } from 'cdktf';
import type { Construct } from 'constructs';
import { ProxmoxProvider } from '../.gen/providers/proxmox/provider/index.js';
import { named } from '../src/constructs/logical-id.ts';
import { Container } from '../src/constructs/proxmox/container.ts';
import { ContainerFirewall } from '../src/constructs/proxmox/container-firewall.ts';
import { ContainerStart } from '../src/constructs/proxmox/container-start.ts';
import { ContainerTemplate } from '../src/constructs/proxmox/container-template.ts';
import { Guests } from '../src/constructs/proxmox/guests.ts';
import { Pool } from '../src/constructs/proxmox/pool.ts';
import type { Backbone } from '../src/model/backbone.ts';
import { openbaoData } from '../src/model/names.ts';
import { BackboneStack } from './stack.ts';

/**
 * The OpenBao containers on Proxmox: created stopped, closed by their firewall, then started.
 *
 * The provider takes its API token from PROXMOX_VE_API_TOKEN, and trusts what the system trusts.
 */
export class HostStack extends BackboneStack {
  constructor(scope: Construct, backbone: Backbone) {
    super(scope, 'host', backbone);
    const { proxmox, openbao } = backbone.declaration;

    new ProxmoxProvider(this, 'proxmox', { endpoint: proxmox.endpoint });

    const guests = new Guests(this, 'guests');
    const pool = new Pool(this, 'pool', { poolName: proxmox.pool });
    const templates = this.templates(backbone);

    const hosts = openbao.nodes.map((declared, index) => {
      const { name, vmid, address } = declared;
      const node = declared.node ?? proxmox.node;
      const template = templates.get(node);
      if (template === undefined) throw new Error(`no template for the Proxmox node ${node}`);
      const container = new Container(this, name, {
        name,
        vmid,
        node,
        pool,
        template,
        guests,
        cores: openbao.cores,
        memoryMiB: openbao.memoryMiB,
        diskGiB: openbao.diskGiB,
        datastore: proxmox.datastore,
        volume: { path: openbaoData, sizeGiB: openbao.dataGiB },
        bridge: proxmox.bridge,
        address,
        network: proxmox.network,
        gateway: proxmox.gateway,
        dns: proxmox.dns,
        sshPublicKeys: proxmox.sshPublicKeys,
        tags: proxmox.tags,
        protection: openbao.protection,
        startupOrder: 1,
      });
      const firewall = new ContainerFirewall(this, `firewall-${name}`, {
        container,
        rules: backbone.firewall,
        outbound: { dns: proxmox.dns, rules: backbone.outbound },
      });
      if (openbao.started) {
        new ContainerStart(this, `start-${name}`, {
          endpoint: proxmox.endpoint,
          container,
          firewall,
        });
      }
      return {
        name,
        address,
        vmid: container.resource.vmId,
        node,
        ssh_user: 'root',
        role: 'openbao',
        raft: index === 0 ? 'first' : 'joining',
      };
    });

    this.output(
      'openbao_hosts',
      hosts,
      'The OpenBao hosts; the Ansible inventory is made from them',
    );
    this.output(
      'openbao_started',
      openbao.started,
      'false: the containers were left stopped, start them yourself (pct start)',
    );
    this.output('openbao_firewall', backbone.firewall, 'What may reach the OpenBao hosts');
  }

  /** One a Proxmox node, as the storage may be its own. */
  private templates({
    declaration,
    serviceHosts,
  }: Backbone): ReadonlyMap<string, ContainerTemplate> {
    const { proxmox, openbao } = declaration;
    const nodes = [
      ...openbao.nodes.map((declared) => declared.node ?? proxmox.node),
      // Of other stacks, which take it by its name.
      ...serviceHosts.flatMap(({ container }) => (container === undefined ? [] : [container.node])),
    ];
    const templates = new Map<string, ContainerTemplate>();
    let previous: ContainerTemplate | undefined;
    for (const node of new Set(nodes)) {
      const template = new ContainerTemplate(this, `template-${node}`, {
        node,
        storage: proxmox.template.storage,
        url: proxmox.template.url,
        fileName: proxmox.template.fileName,
        sha512: proxmox.template.checksum,
        after: previous,
      });
      previous = template;
      templates.set(node, template);
    }
    return templates;
  }

  private output(name: string, value: unknown, description: string): void {
    named(new TerraformOutput(this, `output-${name}`, { value, description }), name);
  }
}
