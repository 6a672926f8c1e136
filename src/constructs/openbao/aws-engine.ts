import { Construct } from 'constructs';
import { AwsSecretBackend } from '@cdktf/provider-vault/lib/aws-secret-backend/index.js';
import { AwsSecretBackendRole } from '@cdktf/provider-vault/lib/aws-secret-backend-role/index.js';
import type { Seconds } from '../../config/brands.ts';
import type { PolicyDocument } from '../../../policies/aws/document.ts';
import { sessionPolicyLimit } from '../../../policies/aws/document.ts';
import { ConstructError } from '../construct-error.ts';
import { named } from '../logical-id.ts';

export interface AwsEngineProps {
  /** Mount path. */
  readonly path: string;
  readonly region: string;
  /** STS endpoint. @default - the regional public one */
  readonly stsEndpoint?: string;
  /** IAM endpoint. @default - the public one */
  readonly iamEndpoint?: string;
}

export interface SessionRoleProps {
  /** Name of the engine role, and of the AWS role. */
  readonly roleName: string;
  /** The one AWS role that sessions assume. */
  readonly roleArn: string;
  /** Session policy: narrows every session below what the AWS role allows. */
  readonly sessionPolicy: PolicyDocument;
  /** Life of a session for a caller that names none, in seconds. */
  readonly ttl: Seconds;
  /** Longest life that a caller gets, in seconds. */
  readonly maxTtl: Seconds;
}

/**
 * The AWS secrets engine, holding no key: its identity comes from the environment of the plugin
 * (container credentials, see docs/decisions). It can only assume roles; it makes no IAM user.
 */
export class AwsEngine extends Construct {
  readonly resource: AwsSecretBackend;

  constructor(scope: Construct, id: string, props: AwsEngineProps) {
    super(scope, id);
    this.resource = named(
      new AwsSecretBackend(this, 'Resource', {
        path: props.path,
        description: 'AWS sessions for Terraform state, minutes-lived',
        region: props.region,
        // Named, as older engines would take the global endpoint, whose outage is everybody's.
        stsRegion: props.region,
        stsEndpoint: props.stsEndpoint ?? `https://sts.${props.region}.amazonaws.com`,
        iamEndpoint: props.iamEndpoint,
        // Leases of STS sessions cannot be revoked; they end with the session, which STS bounds to 1 h.
        defaultLeaseTtlSeconds: 900,
        maxLeaseTtlSeconds: 3600,
        maxRetries: 3,
      }),
      props.path,
    );
  }

  /**
   * An engine role for one AWS role.
   *
   * @throws ConstructError  a TTL outside 900 s..3600 s or above its maximum, or a session policy longer
   *   than STS takes (AWS STS API, AssumeRole)
   */
  addSessionRole(props: SessionRoleProps): AwsSecretBackendRole {
    const scope = new Construct(this, props.roleName);
    if (props.ttl < 900 || props.maxTtl > 3600 || props.ttl > props.maxTtl) {
      throw new ConstructError(
        scope,
        `session TTL ${String(props.ttl)} s, maximum ${String(props.maxTtl)} s: ` +
          'needed is 900 <= ttl <= max <= 3600, as a role-chained session ends after an hour',
      );
    }
    const document = JSON.stringify(props.sessionPolicy);
    if (document.length > sessionPolicyLimit) {
      throw new ConstructError(
        scope,
        `the session policy has ${String(document.length)} characters, STS takes ` +
          `${String(sessionPolicyLimit)}; shorten the state key`,
      );
    }
    return named(
      new AwsSecretBackendRole(scope, 'Resource', {
        backend: this.resource.path,
        name: props.roleName,
        credentialType: 'assumed_role',
        roleArns: [props.roleArn],
        policyDocument: document,
        defaultStsTtl: props.ttl,
        maxStsTtl: props.maxTtl,
      }),
      props.roleName,
    );
  }
}
