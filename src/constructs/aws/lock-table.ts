import { Construct } from 'constructs';
import { DynamodbTable } from '@cdktf/provider-aws/lib/dynamodb-table/index.js';
import { named } from '../logical-id.ts';

export interface LockTableProps {
  readonly table: string;
}

/**
 * A lock table for Terraform's S3 backend: hash key `LockID`, a string (S3 backend, "DynamoDB State
 * Locking"). It holds the checksum of each state as well, so it has point-in-time recovery.
 *
 * Encrypted with the key that DynamoDB owns: a KMS key would have to be allowed in every session policy.
 */
export class LockTable extends Construct {
  constructor(scope: Construct, id: string, props: LockTableProps) {
    super(scope, id);
    named(
      new DynamodbTable(this, 'Resource', {
        name: props.table,
        billingMode: 'PAY_PER_REQUEST',
        hashKey: 'LockID',
        attribute: [{ name: 'LockID', type: 'S' }],
        pointInTimeRecovery: { enabled: true },
      }),
      props.table,
    );
  }
}
