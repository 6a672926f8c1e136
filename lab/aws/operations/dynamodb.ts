import { isRecord, jsonBody, type AwsRequest } from '../request.ts';
import { Refusal } from '../refusal.ts';
import type { Account, Context, Need } from '../decision.ts';
import { unmapped } from './unmapped.ts';

/** Name of a table's partition key; undefined where the table does not exist. */
export type PartitionKey = (table: string) => Promise<string | undefined>;

const onItem = new Set(['GetItem', 'PutItem', 'DeleteItem', 'UpdateItem']);
const onTable = new Set([
  'CreateTable',
  'DeleteTable',
  'DescribeContinuousBackups',
  'DescribeTable',
  'DescribeTimeToLive',
  'Scan',
  'UpdateContinuousBackups',
  'UpdateTable',
  'UpdateTimeToLive',
]);
const onResource = new Map([
  ['ListTagsOfResource', 'dynamodb:ListTagsOfResource'],
  ['TagResource', 'dynamodb:TagResource'],
  ['UntagResource', 'dynamodb:UntagResource'],
]);

export function dynamodbOperation(request: AwsRequest): string {
  const [version, operation = ''] = (request.headers.get('x-amz-target') ?? '').split('.');
  if (version !== 'DynamoDB_20120810') {
    throw new Refusal('invalid', 'X-Amz-Target names no operation.', 'UnknownOperationException');
  }
  return operation;
}

/** Calls after which a table's keys must be read anew. */
export function changesTables(operation: string): boolean {
  return operation === 'CreateTable' || operation === 'DeleteTable';
}

/**
 * The permissions that a DynamoDB request takes, with `dynamodb:LeadingKeys` for the calls that AWS
 * gives it to (Developer Guide, "Using IAM policy conditions for fine-grained access control").
 * A Scan has no leading keys; a Query's are not derived, so a policy that asks for them denies it.
 */
export async function dynamodbNeeds(
  account: Account,
  request: AwsRequest,
  partitionKey: PartitionKey,
): Promise<Need[]> {
  const operation = dynamodbOperation(request);
  const input = jsonBody(request);
  const action = `dynamodb:${operation}`;

  if (operation === 'ListTables' || operation === 'DescribeLimits') {
    return [{ action, resource: '*' }];
  }
  const tagging = onResource.get(operation);
  if (tagging !== undefined) {
    return [{ action: tagging, resource: tableArn(account, input['ResourceArn']) }];
  }
  if (onTable.has(operation)) {
    const resource = tableArn(account, input['TableName']);
    const needs: Need[] = [{ action, resource: withIndex(resource, input) }];
    // Tags at creation need a permission of their own.
    if (operation === 'CreateTable' && Array.isArray(input['Tags'])) {
      needs.push({ action: 'dynamodb:TagResource', resource });
    }
    return needs;
  }
  if (operation === 'Query') {
    return [{ action, resource: withIndex(tableArn(account, input['TableName']), input) }];
  }
  if (onItem.has(operation)) {
    return [await itemNeed(account, action, input, partitionKey)];
  }
  if (operation === 'BatchGetItem' || operation === 'BatchWriteItem') {
    return batchNeeds(account, action, input, partitionKey);
  }
  if (operation === 'TransactGetItems' || operation === 'TransactWriteItems') {
    return transactionNeeds(account, input, partitionKey);
  }
  throw unmapped(`DynamoDB ${operation}`);
}

async function itemNeed(
  account: Account,
  action: string,
  input: Record<string, unknown>,
  partitionKey: PartitionKey,
): Promise<Need> {
  const key = await leadingKey(input['TableName'], input['Key'] ?? input['Item'], partitionKey);
  return {
    action,
    resource: tableArn(account, input['TableName']),
    context: leadingKeys([key]),
  };
}

async function batchNeeds(
  account: Account,
  action: string,
  input: Record<string, unknown>,
  partitionKey: PartitionKey,
): Promise<Need[]> {
  const tables = Object.entries(isRecord(input['RequestItems']) ? input['RequestItems'] : {});
  if (tables.length === 0) throw new Refusal('invalid', 'RequestItems must not be empty.');
  const needs: Need[] = [];
  for (const [table, value] of tables) {
    const keys: (string | undefined)[] = [];
    const entries = isRecord(value) ? value['Keys'] : value;
    for (const entry of Array.isArray(entries) ? entries.filter(isRecord) : []) {
      const put = isRecord(entry['PutRequest']) ? entry['PutRequest']['Item'] : undefined;
      const del = isRecord(entry['DeleteRequest']) ? entry['DeleteRequest']['Key'] : undefined;
      keys.push(await leadingKey(table, put ?? del ?? entry, partitionKey));
    }
    needs.push({ action, resource: tableArn(account, table), context: leadingKeys(keys) });
  }
  return needs;
}

const transactionParts = new Map([
  ['ConditionCheck', 'dynamodb:ConditionCheckItem'],
  ['Delete', 'dynamodb:DeleteItem'],
  ['Get', 'dynamodb:GetItem'],
  ['Put', 'dynamodb:PutItem'],
  ['Update', 'dynamodb:UpdateItem'],
]);

async function transactionNeeds(
  account: Account,
  input: Record<string, unknown>,
  partitionKey: PartitionKey,
): Promise<Need[]> {
  const items = Array.isArray(input['TransactItems']) ? input['TransactItems'] : [];
  const needs: Need[] = [];
  for (const item of items.filter(isRecord)) {
    for (const [kind, part] of Object.entries(item)) {
      const action = transactionParts.get(kind);
      if (action === undefined || !isRecord(part)) throw unmapped(`a transaction's ${kind}`);
      needs.push(await itemNeed(account, action, part, partitionKey));
    }
  }
  if (needs.length === 0) throw new Refusal('invalid', 'TransactItems must not be empty.');
  return needs;
}

async function leadingKey(
  table: unknown,
  item: unknown,
  partitionKey: PartitionKey,
): Promise<string | undefined> {
  const name = await partitionKey(tableName(table));
  if (name === undefined || !isRecord(item)) return undefined;
  const typed = item[name];
  const value = isRecord(typed) ? Object.values(typed)[0] : undefined;
  return typeof value === 'string' ? value : undefined;
}

/** One unreadable key makes the whole context absent: a policy that asks for it then denies. */
function leadingKeys(keys: readonly (string | undefined)[]): Context {
  const known = keys.filter((key) => key !== undefined);
  return known.length === keys.length && known.length > 0 ? { 'dynamodb:LeadingKeys': known } : {};
}

/** `TableName` takes a name or the table's ARN. */
function tableName(table: unknown): string {
  const name = typeof table === 'string' ? (table.split(':table/').at(-1) ?? '') : '';
  if (/^[a-zA-Z0-9_.-]{3,255}$/.test(name)) return name;
  throw new Refusal('invalid', 'TableName must be 3 to 255 letters, digits, "_", "-" or ".".');
}

function tableArn(account: Account, table: unknown): string {
  const arn = `arn:aws:dynamodb:${account.region}:${account.id}:table/${tableName(table)}`;
  if (typeof table === 'string' && table.startsWith('arn:') && table !== arn) {
    throw new Refusal('denied', `${table} is not a table of this account and region.`);
  }
  return arn;
}

function withIndex(resource: string, input: Record<string, unknown>): string {
  const index = input['IndexName'];
  return typeof index === 'string' ? `${resource}/index/${index}` : resource;
}
