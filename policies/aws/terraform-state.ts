import type { ProfileDeclaration } from '../../src/config/declaration.ts';
import { policy, type PolicyDocument, type Statement } from './document.ts';

interface StatePolicyInput {
  readonly declared: ProfileDeclaration;
  readonly bucketArn: string;
  readonly tableArn: string | undefined;
}

/**
 * Exactly what Terraform and OpenTofu need for one state, and nothing beside it. Every action was proven
 * necessary by removing it and seeing `init` or `apply` fail; `DescribeTable` is never called.
 *
 * `plan` reads the state and takes no lock (`-lock=false`).
 *
 * ListBucket lets a first `init` tell "no state yet" (404) from "denied" (403); its prefix must EQUAL the
 * key. S3 prefixes match beginnings, so siblings that begin with the key can be listed, not read.
 */
export function stateSessionPolicy({
  declared,
  bucketArn,
  tableArn,
}: StatePolicyInput): PolicyDocument {
  const { bucket, key, lock, access } = declared;
  const object = `${bucketArn}/${key}`;
  const lockFile = `${key}.tflock`;
  const writes = access === 'apply';
  const lockFileUsed = writes && lock.mode !== 'dynamodb';

  const statements: Statement[] = [
    {
      Effect: 'Allow',
      Action: 's3:ListBucket',
      Resource: bucketArn,
      Condition: { StringEquals: { 's3:prefix': lockFileUsed ? [key, lockFile] : key } },
    },
    {
      Effect: 'Allow',
      Action: writes ? ['s3:GetObject', 's3:PutObject'] : 's3:GetObject',
      Resource: object,
    },
  ];
  if (lockFileUsed) {
    statements.push({
      Effect: 'Allow',
      Action: ['s3:GetObject', 's3:PutObject', 's3:DeleteObject'],
      Resource: `${bucketArn}/${lockFile}`,
    });
  }
  if (tableArn !== undefined) {
    // The state's checksum is a row of the same table: reading the state reads it, too.
    const rows = writes ? [`${bucket}/${key}`, `${bucket}/${key}-md5`] : [`${bucket}/${key}-md5`];
    statements.push({
      Effect: 'Allow',
      Action: writes
        ? ['dynamodb:GetItem', 'dynamodb:PutItem', 'dynamodb:DeleteItem']
        : 'dynamodb:GetItem',
      Resource: tableArn,
      Condition: {
        'ForAllValues:StringEquals': { 'dynamodb:LeadingKeys': rows },
        // ForAllValues is true for a request without the key: without this a Scan would pass.
        Null: { 'dynamodb:LeadingKeys': 'false' },
      },
    });
  }
  return policy(...statements);
}
