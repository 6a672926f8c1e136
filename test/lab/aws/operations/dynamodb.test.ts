import { describe, expect, it } from 'vitest';
import { dynamodbNeeds } from '../../../../lab/aws/operations/dynamodb.ts';
import { awsRequest } from '../request-builder.ts';

const account = { id: '123456789012', region: 'us-east-2' };
const locks = 'arn:aws:dynamodb:us-east-2:123456789012:table/locks';
const row = (id: string) => ({ LockID: { S: id } });

function needs(operation: string, input: Record<string, unknown>) {
  const request = awsRequest({
    method: 'POST',
    headers: { 'x-amz-target': `DynamoDB_20120810.${operation}` },
    body: JSON.stringify(input),
  });
  const partitionKey = (table: string) => Promise.resolve(table === 'locks' ? 'LockID' : undefined);
  return dynamodbNeeds(account, request, partitionKey);
}

const need = (action: string, ...keys: string[]) => ({
  ...{ action: `dynamodb:${action}`, resource: locks },
  context: keys.length === 0 ? {} : { 'dynamodb:LeadingKeys': keys },
});

describe('a DynamoDB request takes', () => {
  it.each<[string, Record<string, unknown>, object[]]>([
    ['GetItem', { TableName: 'locks', Key: row('a') }, [need('GetItem', 'a')]],
    [
      'PutItem',
      { TableName: locks, Item: { ...row('a'), Info: { S: 'b' } } },
      [need('PutItem', 'a')],
    ],
    ['DeleteItem', { TableName: 'locks', Key: row('a') }, [need('DeleteItem', 'a')]],
    [
      'BatchWriteItem',
      {
        RequestItems: {
          locks: [{ PutRequest: { Item: row('a') } }, { DeleteRequest: { Key: row('b') } }],
        },
      },
      [need('BatchWriteItem', 'a', 'b')],
    ],
    [
      'BatchGetItem',
      { RequestItems: { locks: { Keys: [row('a'), row('b')] } } },
      [need('BatchGetItem', 'a', 'b')],
    ],
    [
      'TransactWriteItems',
      {
        TransactItems: [
          { Put: { TableName: 'locks', Item: row('a') } },
          { Delete: { TableName: 'locks', Key: row('b') } },
        ],
      },
      [need('PutItem', 'a'), need('DeleteItem', 'b')],
    ],
  ])('for %s its rows', async (operation, input, expected) => {
    expect(await needs(operation, input)).toEqual(expected);
  });

  it.each<[string, Record<string, unknown>]>([
    ['another attribute than the key', { TableName: 'locks', Key: { Other: { S: 'a' } } }],
    ['a key that is no string', { TableName: 'locks', Key: { LockID: { M: {} } } }],
    ['no key', { TableName: 'locks' }],
  ])('no leading key for %s, so that a policy on rows denies it', async (_, input) => {
    expect(await needs('GetItem', input)).toEqual([need('GetItem')]);
  });

  it('no leading key for a scan, a query, and a batch with one unreadable row', async () => {
    const [scan] = await needs('Scan', { TableName: 'locks' });
    const [query] = await needs('Query', { TableName: 'locks' });
    const [batch] = await needs('BatchGetItem', {
      RequestItems: { locks: { Keys: [row('a'), {}] } },
    });
    for (const it of [scan, query, batch]) {
      expect(it?.context?.['dynamodb:LeadingKeys']).toBeUndefined();
    }
  });
});

describe('a DynamoDB request is refused', () => {
  it.each<[string, string, Record<string, unknown>]>([
    ['of PartiQL', 'ExecuteStatement', { Statement: 'SELECT * FROM locks' }],
    ['of an unknown operation', 'RestoreTable', { TableName: 'locks' }],
    [
      'on the table of another account',
      'Scan',
      { TableName: locks.replace('123456789012', '210987654321') },
    ],
    [
      'on the table of another region',
      'Scan',
      { TableName: locks.replace('us-east-2', 'us-east-1') },
    ],
    ['without a table', 'Scan', {}],
    ['with an empty batch', 'BatchGetItem', { RequestItems: {} }],
    ['with an empty transaction', 'TransactWriteItems', { TransactItems: [] }],
    [
      'with an unknown part of a transaction',
      'TransactWriteItems',
      { TransactItems: [{ Drop: {} }] },
    ],
  ])('%s', async (_, operation, input) => {
    await expect(needs(operation, input)).rejects.toThrow();
  });
});
