import { Construct } from 'constructs';
import { S3Bucket } from '@cdktf/provider-aws/lib/s3-bucket/index.js';
import { S3BucketOwnershipControls } from '@cdktf/provider-aws/lib/s3-bucket-ownership-controls/index.js';
import { S3BucketPolicy } from '@cdktf/provider-aws/lib/s3-bucket-policy/index.js';
import { S3BucketPublicAccessBlock } from '@cdktf/provider-aws/lib/s3-bucket-public-access-block/index.js';
import { S3BucketServerSideEncryptionConfigurationA } from '@cdktf/provider-aws/lib/s3-bucket-server-side-encryption-configuration/index.js';
import { S3BucketVersioningA } from '@cdktf/provider-aws/lib/s3-bucket-versioning/index.js';
import { tlsOnly } from '../../../policies/aws/state-bucket.ts';
import { named } from '../logical-id.ts';

export interface StateBucketProps {
  readonly bucket: string;
}

/**
 * A bucket for Terraform state.
 *
 * Guarantees: versioned (a lost state can be had back), encrypted, closed to the public, TLS 1.2 or
 * newer, no ACLs; S3 refuses to delete it while it holds a state; and its policy only denies, so no
 * session can get round its session policy.
 */
export class StateBucket extends Construct {
  constructor(scope: Construct, id: string, props: StateBucketProps) {
    super(scope, id);
    const bucket = named(new S3Bucket(this, 'Resource', { bucket: props.bucket }), props.bucket);
    const closed = named(
      new S3BucketPublicAccessBlock(this, 'PublicAccessBlock', {
        bucket: bucket.id,
        blockPublicAcls: true,
        blockPublicPolicy: true,
        ignorePublicAcls: true,
        restrictPublicBuckets: true,
      }),
      props.bucket,
    );
    named(
      new S3BucketVersioningA(this, 'Versioning', {
        bucket: bucket.id,
        versioningConfiguration: { status: 'Enabled' },
      }),
      props.bucket,
    );
    named(
      new S3BucketServerSideEncryptionConfigurationA(this, 'Encryption', {
        bucket: bucket.id,
        rule: [{ applyServerSideEncryptionByDefault: { sseAlgorithm: 'AES256' } }],
      }),
      props.bucket,
    );
    named(
      new S3BucketOwnershipControls(this, 'Ownership', {
        bucket: bucket.id,
        rule: { objectOwnership: 'BucketOwnerEnforced' },
      }),
      props.bucket,
    );
    named(
      new S3BucketPolicy(this, 'Policy', {
        bucket: bucket.id,
        policy: JSON.stringify(tlsOnly(bucket.arn)),
        // Two changes of a bucket at once answer 409 OperationAborted.
        dependsOn: [closed],
      }),
      props.bucket,
    );
  }
}
