import { foundIn, isFlagOrUnset } from './reading/arguments.ts';
import type { Rule } from './reading/rule.ts';

export const rule: Rule = {
  id: 'state-bucket-kept',
  severity: 'error',
  title: 'A state bucket is not deleted with what is in it',
  explanation: 'With force_destroy, one `terraform destroy` deletes every state and every version.',
  fix: 'Leave force_destroy out: S3 refuses to delete a bucket that holds something.',
  check: (view) =>
    view
      .of('aws_s3_bucket')
      .filter((bucket) => !isFlagOrUnset(bucket, 'force_destroy', false))
      .map((bucket) => foundIn(bucket, 'force_destroy', 'it may be deleted with its states')),
};
