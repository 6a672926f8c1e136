import { blocksOf } from '../../src/synthesized/resource.ts';
import { ofBucket } from './reading/aws.ts';
import { found, type Rule } from './reading/rule.ts';

const algorithms: readonly unknown[] = ['AES256', 'aws:kms', 'aws:kms:dsse'];

export const rule: Rule = {
  id: 'state-bucket-encrypted',
  severity: 'error',
  title: 'A state bucket is encrypted',
  explanation:
    'State names every resource and, with other providers, holds their secrets. That S3 encrypts by ' +
    'default today is not said by anything that a reviewer sees.',
  fix: 'aws_s3_bucket_server_side_encryption_configuration with AES256 or aws:kms for the bucket.',
  check: (view) =>
    view
      .of('aws_s3_bucket')
      .filter(
        (bucket) =>
          !ofBucket(view, bucket, 'aws_s3_bucket_server_side_encryption_configuration').some(
            ({ resource }) =>
              blocksOf(resource.body['rule'])
                .flatMap((one) => blocksOf(one['apply_server_side_encryption_by_default']))
                .some(({ sse_algorithm: algorithm }) => algorithms.includes(algorithm)),
          ),
      )
      .map((bucket) => found(bucket, 'it is not surely encrypted')),
};
