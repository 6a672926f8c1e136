import { blocksOf } from '../../src/synthesized/resource.ts';
import { ofBucket } from './reading/aws.ts';
import { found, type Rule } from './reading/rule.ts';

export const rule: Rule = {
  id: 'state-bucket-versioned',
  severity: 'error',
  title: 'A state bucket keeps old versions',
  explanation: 'A state that was overwritten or deleted is gone, and with it what Terraform knows.',
  fix: 'aws_s3_bucket_versioning with status Enabled for the bucket.',
  check: (view) =>
    view
      .of('aws_s3_bucket')
      .filter(
        (bucket) =>
          !ofBucket(view, bucket, 'aws_s3_bucket_versioning').some(({ resource }) =>
            blocksOf(resource.body['versioning_configuration']).some(
              ({ status }) => status === 'Enabled',
            ),
          ),
      )
      .map((bucket) => found(bucket, 'it is not surely versioned')),
};
