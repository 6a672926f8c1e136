import { Construct } from 'constructs';
import { GenericEndpoint } from '@cdktf/provider-vault/lib/generic-endpoint/index.js';
import { KvSecretBackendV2 } from '@cdktf/provider-vault/lib/kv-secret-backend-v2/index.js';
import { Mount } from '@cdktf/provider-vault/lib/mount/index.js';
import { named } from '../logical-id.ts';

export interface KvEngineProps {
  /** Mount path. */
  readonly path: string;
  /** What stands in it, for whoever lists the mounts. */
  readonly description: string;
  /** Versions that are kept of each entry. */
  readonly maxVersions: number;
  /** Terraform refuses to destroy or replace the mount, and with it every value. @default true */
  readonly protection?: boolean;
}

export interface KvSecretProps {
  /** Path below the mount, e.g. `unifi/tofu`. */
  readonly secretPath: string;
  /** API path of the metadata, e.g. `kv/metadata/unifi/tofu`. */
  readonly metadataPath: string;
  /** KV custom metadata; values are strings. */
  readonly metadata: Readonly<Record<string, string>>;
}

/**
 * A KV-v2 engine whose values Terraform never sees: it makes path, policy and metadata. Every write needs
 * check-and-set, so two writers cannot overwrite each other unseen.
 */
export class KvEngine extends Construct {
  private readonly config: KvSecretBackendV2;

  constructor(scope: Construct, id: string, props: KvEngineProps) {
    super(scope, id);
    const mount = named(
      new Mount(this, 'Resource', {
        path: props.path,
        type: 'kv-v2',
        description: props.description,
        lifecycle: { preventDestroy: props.protection ?? true },
      }),
      props.path,
    );
    this.config = named(
      new KvSecretBackendV2(this, 'Config', {
        mount: mount.path,
        casRequired: true,
        maxVersions: props.maxVersions,
      }),
      props.path,
    );
  }

  /**
   * Metadata of a secret (owner, rung, rotation). Removing it from the declaration keeps the value: a
   * secret is deleted by a person, not by a diff.
   */
  addSecret(props: KvSecretProps): void {
    const endpoint = new GenericEndpoint(this, props.secretPath, {
      path: props.metadataPath,
      dataJson: JSON.stringify({ custom_metadata: props.metadata }),
      ignoreAbsentFields: true,
      disableDelete: true,
      dependsOn: [this.config],
    });
    named(endpoint, `metadata-${props.secretPath}`);
  }
}
