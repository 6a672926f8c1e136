import type { TypeMeaning } from './meaning.ts';

/** The resource types of AWS. A bucket is its own; what it lets others do stands in the resources beside it. */
export const awsTypes: Readonly<Record<string, TypeMeaning>> = {
  aws_iam_role: {
    subject: 'AWS role',
    name: 'name',
    arguments: {
      name: 'inert',
      assume_role_policy: 'policy',
      max_session_duration: 'life',
      force_detach_policies: 'inert',
    },
    created: 'by its policies',
    removed: 'by its policies',
  },
  aws_iam_role_policy: {
    subject: 'policy of an AWS role',
    key: ['role', 'name'],
    arguments: { name: 'inert', role: 'policy', policy: 'policy' },
    created: 'by its policies',
    removed: 'by its policies',
  },
  aws_s3_bucket: {
    subject: 'bucket',
    name: 'bucket',
    arguments: { bucket: 'fixed' },
    created: 'nothing',
    removed: 'narrows',
  },
  aws_s3_bucket_policy: {
    subject: 'bucket policy',
    name: 'bucket',
    arguments: { bucket: 'policy', policy: 'policy' },
    created: 'by its policies',
    removed: 'by its policies',
  },
  aws_s3_bucket_public_access_block: {
    subject: 'public access block',
    name: 'bucket',
    arguments: {
      bucket: 'fixed',
      block_public_acls: 'guard',
      block_public_policy: 'guard',
      ignore_public_acls: 'guard',
      restrict_public_buckets: 'guard',
    },
    created: 'nothing',
    removed: 'widens',
  },
  aws_s3_bucket_ownership_controls: {
    subject: 'bucket owner',
    name: 'bucket',
    arguments: { bucket: 'fixed', rule: { object_ownership: 'fixed' } },
    created: 'nothing',
    removed: 'unknown',
  },
  aws_s3_bucket_versioning: {
    subject: 'versions of a bucket',
    name: 'bucket',
    arguments: { bucket: 'fixed', versioning_configuration: { status: 'fixed' } },
    created: 'nothing',
    removed: 'unknown',
  },
  aws_s3_bucket_server_side_encryption_configuration: {
    subject: 'encryption of a bucket',
    name: 'bucket',
    arguments: { bucket: 'fixed', rule: 'fixed' },
    created: 'nothing',
    removed: 'unknown',
  },
  aws_dynamodb_table: {
    subject: 'lock table',
    name: 'name',
    arguments: {
      name: 'fixed',
      attribute: 'fixed',
      hash_key: 'fixed',
      point_in_time_recovery: 'inert',
      billing_mode: 'inert',
    },
    created: 'nothing',
    removed: 'narrows',
  },
  aws_rolesanywhere_profile: {
    subject: 'Roles Anywhere profile',
    name: 'name',
    arguments: {
      name: 'inert',
      enabled: 'opening',
      duration_seconds: 'life',
      role_arns: 'all-of',
    },
    created: 'widens',
    removed: 'narrows',
  },
  aws_rolesanywhere_trust_anchor: {
    subject: 'Roles Anywhere trust anchor',
    name: 'name',
    arguments: { name: 'inert', enabled: 'opening', source: 'fixed' },
    created: 'widens',
    removed: 'narrows',
  },
};
