import type { ITerraformDependable } from 'cdktf';
import { Construct } from 'constructs';
import { VirtualEnvironmentFirewallOptions } from '../../../.gen/providers/proxmox/virtual-environment-firewall-options/index.js';
import { VirtualEnvironmentFirewallRules } from '../../../.gen/providers/proxmox/virtual-environment-firewall-rules/index.js';
import type { FirewallRule } from '../../model/firewall.ts';
import { outboundRules, type Outbound } from './outbound-rules.ts';
import { named } from '../logical-id.ts';
import type { Container } from './container.ts';

export interface ContainerFirewallProps {
  readonly container: Container;
  /** Inbound TCP; the order is kept. */
  readonly rules: readonly FirewallRule[];
  /** What it may reach. */
  readonly outbound: Outbound;
}

/**
 * The Proxmox firewall of one container.
 *
 * Guarantees: what no rule names is dropped, on the way in and on the way out; the container can send from
 * its own MAC and IP addresses only; both parts are made anew with the container, as Proxmox forgets them
 * with it. It holds only where the firewall of the datacenter is on.
 *
 * Not noticed: options that somebody else removes from a container that stays. Proxmox then answers with
 * nothing, which the provider takes for no change.
 *
 * When Terraform was killed while it wrote the rules, the next apply says "Existing rules detected":
 * `terraform import proxmox_virtual_environment_firewall_rules.<name> container/<node>/<vmid>` takes them
 * over. The container has not been started then.
 */
export class ContainerFirewall extends Construct {
  /** All that has to be there before the container may run. */
  readonly resources: readonly ITerraformDependable[];

  constructor(
    scope: Construct,
    id: string,
    { container, rules, outbound }: ContainerFirewallProps,
  ) {
    super(scope, id);
    const place = {
      nodeName: container.nodeName,
      containerId: container.vmid,
      dependsOn: [container.resource],
      lifecycle: { replaceTriggeredBy: [container.making] },
    };
    const options = named(
      new VirtualEnvironmentFirewallOptions(this, 'Options', {
        ...place,
        enabled: true,
        inputPolicy: 'DROP',
        outputPolicy: 'DROP',
        dhcp: false,
        ipfilter: true,
        macfilter: true,
        ndp: true,
        radv: false,
      }),
      container.hostName,
    );
    const all = named(
      new VirtualEnvironmentFirewallRules(this, 'Rules', {
        ...place,
        rule: [
          ...rules.map(({ comment, port, source }) => ({
            type: 'in',
            action: 'ACCEPT',
            proto: 'tcp',
            dport: String(port),
            source,
            comment,
          })),
          ...outboundRules(outbound),
        ],
      }),
      container.hostName,
    );
    this.resources = [options, all];
  }
}
