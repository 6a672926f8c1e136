import { isFlag } from './reading/arguments.ts';
import { ofBucket } from './reading/aws.ts';
import { found, type Rule } from './reading/rule.ts';

const blocks = [
  'block_public_acls',
  'block_public_policy',
  'ignore_public_acls',
  'restrict_public_buckets',
];

export const rule: Rule = {
  id: 'state-bucket-closed',
  severity: 'error',
  title: 'A state bucket is closed to the public',
  explanation: 'One policy or ACL by mistake, and everybody reads the state.',
  fix: 'aws_s3_bucket_public_access_block with all four blocks on for the bucket.',
  check: (view) =>
    view
      .of('aws_s3_bucket')
      .filter(
        (bucket) =>
          !ofBucket(view, bucket, 'aws_s3_bucket_public_access_block').some((one) =>
            blocks.every((attribute) => isFlag(one, attribute, true)),
          ),
      )
      .map((bucket) => found(bucket, 'it is not surely closed to the public')),
};
