import { Construct } from 'constructs';
import { named } from '../logical-id.ts';
import { TerraformData } from '../terraform-data.ts';
import type { Container } from './container.ts';
import type { ContainerFirewall } from './container-firewall.ts';
import { startScript } from './start-script.ts';

export interface ContainerStartProps {
  /** URL of the Proxmox VE API. */
  readonly endpoint: string;
  readonly container: Container;
  readonly firewall: ContainerFirewall;
}

/**
 * The first start of a container, after its firewall. The provider would start it at creation, before
 * options and rules exist.
 *
 * Guarantees: it starts only when the firewall of the datacenter is on, as the rules hold nothing
 * otherwise; a running container is left alone; the token is read from PROXMOX_VE_API_TOKEN and reaches
 * curl through a pipe, never an argument. It needs curl (7.76 or newer) and sh. The token needs Sys.Audit
 * on / and VM.PowerMgmt on the container.
 */
export class ContainerStart extends Construct {
  constructor(scope: Construct, id: string, props: ContainerStartProps) {
    super(scope, id);
    const { container } = props;
    const start = new TerraformData(this, 'Resource', {
      dependsOn: [...props.firewall.resources],
      lifecycle: { replaceTriggeredBy: [container.making] },
      provisioners: [
        {
          type: 'local-exec',
          interpreter: ['/bin/sh', '-c'],
          command: startScript,
          environment: {
            ENDPOINT: props.endpoint.replace(/\/+$/, ''),
            NODE: container.nodeName,
            VMID: String(container.vmid),
          },
        },
      ],
    });
    named(start, `start-${container.hostName}`);
  }
}
