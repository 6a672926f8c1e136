import { OpenBaoError, type Connection } from '../client/openbao.ts';
import type { Backbone } from '../model/backbone.ts';
import type { Profile } from '../model/profile.ts';
import { shortOf } from './attempt.ts';
import { AwsSession } from './aws.ts';
import type { Answer, Question } from './case.ts';
import type { Results } from './results.ts';

/** No object has this entity tag, so a write that asks for it changes nothing. */
const noTag = '"00000000000000000000000000000000-1"';

/** Never true, so nothing is written; AWS asks its policies first. */
const never = 'attribute_exists(LockID) AND attribute_not_exists(LockID)';

/** A session is minted and used: on its state and lock, and next to them. Nothing is changed by it. */
export async function tryAws(
  as: { readonly who: string; readonly way: string; readonly connection: Connection },
  backbone: Backbone,
  profile: Profile,
  results: Results,
): Promise<void> {
  const ask = (
    kind: Question['kind'],
    tries: string,
    expected: Question['expected'],
  ): Question => ({ who: as.who, kind, tries, expected });
  let session: AwsSession | undefined;
  await results.try(
    ask('AWS session', `mint at ${profile.stsPath}`, 'allowed'),
    as.way,
    async () => {
      try {
        session = await AwsSession.mint(as.connection, backbone, profile);
        return { got: 'allowed', said: 'for 15 min' };
      } catch (error) {
        if (!(error instanceof OpenBaoError)) throw error;
        return { got: error.status === 403 ? 'denied' : 'could not', said: shortOf(error) };
      }
    },
  );
  const used = session;
  if (used === undefined) return;
  const way = `session of ${profile.role}`;
  const use = (tries: string, expected: Question['expected'], work: () => Promise<Answer>) =>
    results.try(ask('AWS use', tries, expected), way, work);
  for (const [tries, expected, work] of uses(used, backbone, profile)) {
    await use(tries, expected, work);
  }
  results.notTried(
    ask('expiry', `use a session of ${profile.role} after its end`, 'denied'),
    'AWS gives none for less than 15 min',
  );
}

type Use = readonly [tries: string, expected: Question['expected'], work: () => Promise<Answer>];

function uses(session: AwsSession, backbone: Backbone, profile: Profile): readonly Use[] {
  const { bucket, key, lock, access } = profile.declared;
  const writes = access === 'apply' ? 'allowed' : 'denied';
  const state = `s3://${bucket}/${key}`;
  const guarded = { 'if-match': noTag };
  const other = backbone.profiles.find(({ declared }) => declared.bucket !== bucket);
  return [
    ['say who it is', 'allowed', () => session.sts({ Action: 'GetCallerIdentity' })],
    [`read ${state}`, 'allowed', () => session.s3('GET', bucket, key)],
    [`write ${state}`, writes, () => session.s3('PUT', bucket, key, guarded)],
    [`the sibling ${state}.verify`, 'denied', () => session.s3('GET', bucket, `${key}.verify`)],
    [`list s3://${bucket}`, 'denied', () => session.s3('GET', bucket, '')],
    ...(other === undefined
      ? []
      : [
          [
            `the neighbour s3://${other.declared.bucket}/${other.declared.key}`,
            'denied',
            () => session.s3('GET', other.declared.bucket, other.declared.key),
          ] satisfies Use,
        ]),
    ...(lock.mode === 'dynamodb'
      ? []
      : fileLock(session, bucket, `${key}.tflock`, writes, guarded)),
    ...(lock.mode === 's3' ? [] : rowLock(session, lock.table, `${bucket}/${key}`, writes)),
    [
      `become ${backbone.brokerRoleArn}`,
      'denied',
      () =>
        session.sts({
          Action: 'AssumeRole',
          RoleArn: backbone.brokerRoleArn,
          RoleSessionName: 'verify',
        }),
    ],
  ];
}

function fileLock(
  session: AwsSession,
  bucket: string,
  file: string,
  expected: Question['expected'],
  guarded: Readonly<Record<string, string>>,
): readonly Use[] {
  return [
    [`lock file s3://${bucket}/${file}`, expected, () => session.s3('PUT', bucket, file, guarded)],
  ];
}

function rowLock(
  session: AwsSession,
  table: string,
  row: string,
  expected: Question['expected'],
): readonly Use[] {
  const at = (id: string) => ({ LockID: { S: id } });
  const input = (id: string) => ({ TableName: table, ConditionExpression: never, Item: at(id) });
  const get = (id: string) => session.dynamodb('GetItem', { TableName: table, Key: at(id) });
  return [
    [`checksum row ${row}-md5 of ${table}`, 'allowed', () => get(`${row}-md5`)],
    [`lock row ${row} of ${table}`, expected, () => session.dynamodb('PutItem', input(row))],
    [
      `unlock row ${row} of ${table}`,
      expected,
      () =>
        session.dynamodb('DeleteItem', {
          TableName: table,
          ConditionExpression: never,
          Key: at(row),
        }),
    ],
    [`the sibling row ${row}.verify of ${table}`, 'denied', () => get(`${row}.verify`)],
    [`all of ${table}`, 'denied', () => session.dynamodb('Scan', { TableName: table })],
  ];
}
