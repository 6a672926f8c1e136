import { isSet } from './reading/arguments.ts';
import { blocksOf } from '../../src/synthesized/resource.ts';
import { ofBucket } from './reading/aws.ts';
import { found, type Rule } from './reading/rule.ts';

export const rule: Rule = {
  id: 'state-bucket-acl',
  severity: 'error',
  title: 'A state bucket has no ACLs',
  explanation:
    'An ACL grants beside every policy: neither the session policy nor the review of policies sees it.',
  fix: 'aws_s3_bucket_ownership_controls with BucketOwnerEnforced, and no ACL.',
  check: (view) => [
    ...view
      .of('aws_s3_bucket')
      .filter(
        (bucket) =>
          isSet(bucket, 'acl') ||
          isSet(bucket, 'grant') ||
          !ofBucket(view, bucket, 'aws_s3_bucket_ownership_controls').some(({ resource }) =>
            blocksOf(resource.body['rule']).some(
              ({ object_ownership: owner }) => owner === 'BucketOwnerEnforced',
            ),
          ),
      )
      .map((bucket) => found(bucket, 'ACLs are not surely off')),
    ...['aws_s3_bucket_acl', 'aws_s3_object_acl']
      .flatMap((type) => view.of(type))
      .map((located) => found(located, 'it is an ACL')),
  ],
};
