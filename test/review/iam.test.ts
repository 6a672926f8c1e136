import { describe, expect, it } from 'vitest';
import { parseDocument } from '../../src/review/iam/document.ts';
import { allows, sessionAllows } from '../../src/review/iam/evaluate.ts';
import { sessionOf } from '../../src/review/iam/intersect.ts';
import { policiesWithin } from '../../src/review/iam/within.ts';

const document = (...statements: readonly object[]) =>
  parseDocument(JSON.stringify({ Version: '2012-10-17', Statement: statements }));
const allow = (Action: string, Resource: string, Condition?: object) => ({
  ...{ Effect: 'Allow', Action, Resource },
  ...(Condition === undefined ? {} : { Condition }),
});
const get = (key: string) => ({
  ...{ action: 's3:GetObject', resource: `arn:aws:s3:::b/${key}`, context: {} },
});

describe('IAM policies', () => {
  it('allow what role and session both allow, and nothing else', () => {
    const role = document(allow('s3:*', 'arn:aws:s3:::b/*'));
    const session = document(allow('s3:GetObject', 'arn:aws:s3:::b/state'));
    expect(sessionAllows(role, session, get('state'))).toBe(true);
    expect(sessionAllows(role, session, get('state.backup'))).toBe(false);
    expect(allows(sessionOf(role, session), get('state'))).toBe(true);
    expect(allows(sessionOf(role, session), get('other'))).toBe(false);
  });

  it('do not take an absent key for an allowed one with the Null guard', () => {
    const rows = { 'ForAllValues:StringEquals': { 'dynamodb:LeadingKeys': ['b/k'] } };
    const scan = { action: 'dynamodb:Scan', resource: 'arn:aws:dynamodb:r:1:table/t', context: {} };
    const open = document(allow('dynamodb:*', '*', rows));
    const guarded = document(
      allow('dynamodb:*', '*', { ...rows, Null: { 'dynamodb:LeadingKeys': 'false' } }),
    );
    expect(allows(open, scan)).toBe(true);
    expect(allows(guarded, scan)).toBe(false);
    expect(policiesWithin(guarded, open)).toBe(true);
    expect(policiesWithin(open, guarded)).toBe(false);
  });

  it.each([
    ['a wider action', allow('s3:GetObject', '*'), allow('s3:Get*', '*')],
    ['a wider resource', allow('s3:GetObject', 'a/b'), allow('s3:GetObject', 'a/*')],
    [
      'a lost condition',
      allow('s3:ListBucket', 'b', { StringEquals: { 's3:prefix': 'k' } }),
      allow('s3:ListBucket', 'b'),
    ],
    [
      'a value more',
      allow('s3:ListBucket', 'b', { StringEquals: { 's3:prefix': 'k' } }),
      allow('s3:ListBucket', 'b', { StringEquals: { 's3:prefix': ['k', 'l'] } }),
    ],
  ])('are within others in one direction alone: %s', (_, narrow, wide) => {
    expect(policiesWithin(document(narrow), document(wide))).toBe(true);
    expect(policiesWithin(document(wide), document(narrow))).toBe(false);
  });
});
