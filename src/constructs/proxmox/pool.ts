import { Construct } from 'constructs';
import { VirtualEnvironmentPool } from '../../../.gen/providers/proxmox/virtual-environment-pool/index.js';
import { named } from '../logical-id.ts';

export interface PoolProps {
  readonly poolName: string;
}

/** A resource pool: one place to give rights on, and to see, every container of this program. */
export class Pool extends Construct {
  readonly poolName: string;

  constructor(scope: Construct, id: string, props: PoolProps) {
    super(scope, id);
    this.poolName = named(
      new VirtualEnvironmentPool(this, 'Resource', {
        poolId: props.poolName,
        comment: 'credential-backbone',
      }),
      props.poolName,
    ).poolId;
  }
}
