import type { Statement } from '../../src/review/iam/document.ts';
import { textAt } from '../../src/review/reach/view.ts';
import { documents } from './reading/iam.ts';
import { found, type Rule } from './reading/rule.ts';

export const rule: Rule = {
  id: 'state-bucket-tls',
  severity: 'error',
  title: 'A state bucket is reached by TLS alone',
  explanation: 'S3 answers plain HTTP, too; whoever is on the way reads the state and its session.',
  fix: 'A bucket policy that denies s3:* to everybody where aws:SecureTransport is false, on the bucket and its objects.',
  check: (view) =>
    view
      .of('aws_s3_bucket')
      .filter((bucket) => {
        const name = textAt(bucket, 'bucket') ?? '';
        const arns = [`<${bucket.resource.address}.arn>`, `arn:aws:s3:::${name}`];
        return !documents(view, 'bucket').some(
          ({ located, statements }) =>
            textAt(located, 'bucket') === name && statements.some((one) => deniesPlain(one, arns)),
        );
      })
      .map((bucket) => found(bucket, 'no policy of it surely denies plain HTTP')),
};

function deniesPlain(statement: Statement, arns: readonly string[]): boolean {
  const { effect, actions, resources, principals, conditions } = statement;
  const [only] = conditions;
  return (
    effect === 'Deny' &&
    principals?.['AWS']?.includes('*') === true &&
    actions?.some((action) => action === 's3:*' || action === '*') === true &&
    arns.some((arn) => [arn, `${arn}/*`].every((one) => resources?.includes(one) === true)) &&
    conditions.length === 1 &&
    only?.key === 'aws:securetransport' &&
    only.operator === 'Bool' &&
    only.values.join() === 'false'
  );
}
