import fc from 'fast-check';
import { expect, it } from 'vitest';
import { parseDocument } from '../../src/review/iam/document.ts';
import { allows, sessionAllows, type IamRequest } from '../../src/review/iam/evaluate.ts';
import { sessionOf } from '../../src/review/iam/intersect.ts';
import { DocumentUnreadable } from '../../src/review/iam/unreadable.ts';
import { policiesWithin } from '../../src/review/iam/within.ts';
import type { PolicyDocument } from '../../policies/aws/document.ts';
import { allows as simulated } from '../policies/aws/simulate.ts';

/**
 * An evaluator of other people's making decides the same (policy, request) pairs, of a seed that is written
 * here: the same pairs on every machine.
 */
const seed = 20_261;
const policiesTried = 300;
const bucket = 'arn:aws:s3:::state';
const pick = <T>(...values: readonly T[]) => fc.constantFrom(...values);

const action = pick('s3:GetObject', 's3:Get*', 's3:*', 's3:PutObject', 's3:?utObject', '*');
const resource = pick(
  ...[`${bucket}/a`, `${bucket}/*`, `${bucket}/a*`, `${bucket}/?`, `${bucket}/b/*`, '*'],
);
const condition = pick<object | undefined>(
  ...[undefined, undefined],
  { StringEquals: { 'aws:SourceIdentity': ['one', 'two'] } },
  { StringNotEquals: { 'aws:SourceIdentity': 'one' } },
  { StringLike: { 'aws:SourceIdentity': 't*' } },
  { StringEqualsIfExists: { 'aws:SourceIdentity': 'one' } },
  { StringEqualsIgnoreCase: { 'aws:SourceIdentity': 'ONE' } },
  { Null: { 'aws:SourceIdentity': 'false' } },
  { Bool: { 'aws:SecureTransport': 'true' } },
  { IpAddress: { 'aws:SourceIp': ['192.0.2.0/25', '198.51.100.7'] } },
  { NotIpAddress: { 'aws:SourceIp': '192.0.2.0/25' } },
  { NumericLessThan: { 's3:TlsVersion': '1.3' } },
  { ArnLike: { 'aws:PrincipalArn': 'arn:aws:iam::123456789012:role/tf-*' } },
);

const statement = fc
  .record({
    deny: fc.integer({ min: 0, max: 3 }),
    actions: fc.uniqueArray(action, { minLength: 1, maxLength: 2 }),
    notAction: fc.integer({ min: 0, max: 7 }),
    resources: fc.uniqueArray(resource, { minLength: 1, maxLength: 2 }),
    notResource: fc.integer({ min: 0, max: 7 }),
    condition,
  })
  .map(({ deny, actions, notAction, resources, notResource, condition: of }) => ({
    Effect: deny === 0 ? 'Deny' : 'Allow',
    [notAction === 0 ? 'NotAction' : 'Action']: actions,
    [notResource === 0 ? 'NotResource' : 'Resource']: resources,
    ...(of === undefined ? {} : { Condition: of }),
  }));
const document = fc
  .array(statement, { minLength: 1, maxLength: 3 })
  .map((Statement) => ({ Version: '2012-10-17', Statement }));

const request = fc
  .record({
    action: pick('s3:GetObject', 's3:PutObject', 's3:DeleteObject'),
    resource: pick(`${bucket}/a`, `${bucket}/ab`, `${bucket}/b/c`, `${bucket}/c`),
    identity: pick(undefined, 'one', 'two', 'One'),
    tls: pick('true', 'false'),
    address: pick('192.0.2.1', '192.0.2.200', '198.51.100.7'),
    version: pick('1.2', '1.3'),
  })
  .map(({ action: asked, resource: on, identity, tls, address, version }): IamRequest => ({
    action: asked,
    resource: on,
    context: {
      ...(identity === undefined ? {} : { 'aws:sourceidentity': [identity] }),
      'aws:securetransport': [tls],
      'aws:sourceip': [address],
      's3:tlsversion': [version],
      'aws:principalarn': ['arn:aws:iam::123456789012:role/tf-proxmox'],
    },
  }));

const requests = fc.sample(request, { seed, numRuns: 8 });
const documents = fc.sample(document, { seed, numRuns: policiesTried });
const read = (of: object) => parseDocument(JSON.stringify(of));
const theirs = (role: object, session: object | undefined, { context, ...asked }: IamRequest) =>
  simulated(
    {
      role: role as PolicyDocument,
      ...(session === undefined ? {} : { session: session as PolicyDocument }),
    },
    {
      ...asked,
      context: Object.fromEntries(
        Object.entries(context).map(([key, values]) => [key, values[0] ?? '']),
      ),
    },
  );

it('2,400 pairs of a role and a session policy are decided as another evaluator decides them', async () => {
  const disagreements: unknown[] = [];
  let allowed = 0;
  for (const [index, role] of documents.entries()) {
    // Every third is narrowed by a session policy.
    const session = index % 3 === 0 ? documents.at(-index - 1) : undefined;
    for (const asked of requests) {
      const ours = sessionAllows(read(role), session && read(session), asked);
      if (ours) allowed += 1;
      if (ours !== (await theirs(role, session, asked))) {
        disagreements.push({ role, session, asked, ours });
      }
    }
  }
  expect(disagreements).toEqual([]);
  // Both answers occur often: else nothing was compared.
  expect(allowed).toBeGreaterThan(300);
  expect(allowed).toBeLessThan(documents.length * requests.length - 300);
});

it('what is within another policy allows nothing beyond it, and a session what both allow', () => {
  let found = 0;
  for (const [index, one] of documents.entries()) {
    for (const other of documents.slice(index, index + 25)) {
      const [inner, outer] = [read(one), read(other)];
      const within = policiesWithin(inner, outer);
      const session = meeting(inner, outer);
      for (const asked of requests) {
        const [a, b] = [allows(inner, asked), allows(outer, asked)];
        if (within && one !== other) found += 1;
        if (within && a) expect(b, JSON.stringify({ one, other, asked })).toBe(true);
        if (session !== undefined) {
          expect(allows(session, asked), JSON.stringify({ one, other, asked })).toBe(a && b);
        }
      }
    }
  }
  expect(found).toBeGreaterThan(100);
});

function meeting(...[role, session]: Parameters<typeof sessionOf>) {
  try {
    return sessionOf(role, session);
  } catch (error) {
    if (error instanceof DocumentUnreadable) return undefined;
    throw error;
  }
}
