import { Construct } from 'constructs';
import { Mount } from '@cdktf/provider-vault/lib/mount/index.js';
import { named } from '../logical-id.ts';

export interface TransitEngineProps {
  /** Mount path. */
  readonly path: string;
  /** What its keys are for, for whoever lists the mounts. */
  readonly description: string;
  /** Terraform refuses to destroy or replace the mount, and with it every key. @default true */
  readonly protection?: boolean;
}

/**
 * An engine that signs and never gives a key away.
 *
 * Guarantees: no key is made or changed by Terraform, so none is in its state and none can be made exportable
 * by a diff. A key that comes from elsewhere is imported by a person, wrapped on that person's machine.
 */
export class TransitEngine extends Construct {
  constructor(scope: Construct, id: string, props: TransitEngineProps) {
    super(scope, id);
    named(
      new Mount(this, 'Resource', {
        path: props.path,
        type: 'transit',
        description: props.description,
        lifecycle: { preventDestroy: props.protection ?? true },
      }),
      props.path,
    );
  }
}
