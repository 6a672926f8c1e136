import { describe, expect, it } from 'vitest';
import { LockTable } from '../../../src/constructs/aws/lock-table.ts';
import { StateBucket } from '../../../src/constructs/aws/state-bucket.ts';
import { document, Template } from '../template.ts';

describe('a state bucket', () => {
  const name = 'tfstate-proxmox-123456789012';
  const template = Template.of((stack) => new StateBucket(stack, 'bucket', { bucket: name }));

  it('keeps old versions, encrypted', () => {
    expect(template.resource('aws_s3_bucket_versioning', name)).toMatchObject({
      versioning_configuration: { status: 'Enabled' },
    });
    expect(
      template.resource('aws_s3_bucket_server_side_encryption_configuration', name),
    ).toMatchObject({
      rule: [{ apply_server_side_encryption_by_default: { sse_algorithm: 'AES256' } }],
    });
  });

  it('is closed to the public in all four ways, and knows no ACL', () => {
    expect(template.resource('aws_s3_bucket_public_access_block', name)).toMatchObject({
      block_public_acls: true,
      block_public_policy: true,
      ignore_public_acls: true,
      restrict_public_buckets: true,
    });
    expect(template.resource('aws_s3_bucket_ownership_controls', name)).toMatchObject({
      rule: { object_ownership: 'BucketOwnerEnforced' },
    });
  });

  it('has a policy that names this bucket and only denies', () => {
    const { policy } = template.resource('aws_s3_bucket_policy', name);
    expect(document(policy)).toMatchObject({
      Statement: [{ Effect: 'Deny' }, { Effect: 'Deny' }],
    });
    expect(policy).toContain(`\${aws_s3_bucket.${name}.arn}/*`);
  });

  it('is not emptied by a destroy', () => {
    expect(template.resource('aws_s3_bucket', name)).not.toHaveProperty('force_destroy');
  });
});

describe('a lock table', () => {
  it('has the key that the S3 backend wants, and can be put back to a point in time', () => {
    const template = Template.of((stack) => new LockTable(stack, 'table', { table: 'locks.v2' }));
    expect(template.resource('aws_dynamodb_table', 'locks_v2')).toMatchObject({
      name: 'locks.v2',
      hash_key: 'LockID',
      attribute: [{ name: 'LockID', type: 'S' }],
      billing_mode: 'PAY_PER_REQUEST',
      point_in_time_recovery: { enabled: true },
    });
  });
});
