import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { terraform } from '../../../lab/parts/terraform.ts';
import { tlsOnly } from '../../../policies/aws/state-bucket.ts';
import { stateSessionPolicy } from '../../../policies/aws/terraform-state.ts';
import { profileTrust } from '../../../policies/aws/trust.ts';
import { profile as profileSchema } from '../../../src/config/aws.ts';
import { lockIdOf, stateProject, type LockMode } from '../state-project.ts';
import { accountId, region, runAws, type Keys, type RunningAws } from './running-aws.ts';

const bucket = 'tfstate-lab-123456789012';
const table = 'terraform-locks';
const bucketArn = `arn:aws:s3:::${bucket}`;
const tableArn = `arn:aws:dynamodb:${region}:${accountId}:table/${table}`;

let aws: RunningAws;
let program: string;

beforeAll(async () => {
  aws = await runAws();
  ({ path: program } = await terraform(() => undefined));
  const location = `LocationConstraint=${region}`;
  await aws.json(
    aws.admin,
    ...['s3api', 'create-bucket', '--bucket', bucket],
    ...['--create-bucket-configuration', location],
  );
  await aws.json(
    aws.admin,
    ...['s3api', 'put-bucket-policy', '--bucket', bucket],
    ...['--policy', JSON.stringify(tlsOnly(bucketArn))],
  );
  await aws.json(
    aws.admin,
    ...['dynamodb', 'create-table', '--table-name', table, '--billing-mode', 'PAY_PER_REQUEST'],
    ...['--attribute-definitions', 'AttributeName=LockID,AttributeType=S'],
    ...['--key-schema', 'AttributeName=LockID,KeyType=HASH'],
  );
});
afterAll(() => aws.stop());

/** A role as the aws-trust stack makes it, and a session of it narrowed by the same policy. */
async function mint(name: string, key: string, mode: LockMode, access: 'plan' | 'apply') {
  const declared = profileSchema.parse({
    ...{ bucket, key, access, ttl: '15m', maxTtl: '1h' },
    lock: mode === 's3' ? { mode } : { mode, table },
  });
  const policy = JSON.stringify(
    stateSessionPolicy({ declared, bucketArn, tableArn: mode === 's3' ? undefined : tableArn }),
  );
  const trust = JSON.stringify(profileTrust(`arn:aws:iam::${accountId}:role/lab-admin`));
  await aws.json(
    aws.admin,
    ...['iam', 'create-role', '--role-name', name, '--assume-role-policy-document', trust],
  );
  await aws.json(
    aws.admin,
    ...['iam', 'put-role-policy', '--role-name', name, '--policy-name', 'permissions'],
    ...['--policy-document', policy],
  );
  const { Credentials } = (await aws.json(
    aws.admin,
    ...['sts', 'assume-role', '--role-arn', `arn:aws:iam::${accountId}:role/${name}`],
    ...['--role-session-name', 'test', '--duration-seconds', '900', '--policy', policy],
  )) as { Credentials: Keys };
  return Credentials;
}

async function project(name: string, key: string, mode: LockMode, slow = false) {
  const made = await stateProject({
    directory: join(aws.directory, name),
    ...{ program, bucket, key, region, mode, table, slow },
  });
  return {
    ...made,
    start: (keys: Keys, ...args: string[]) => made.start(aws.environment(keys), ...args),
    run: (keys: Keys, ...args: string[]) => made.run(aws.environment(keys), ...args),
  };
}

describe.each(['dynamodb', 's3', 'both'] as const)('a session for lock mode %s', (mode) => {
  const key = `${mode}/terraform.tfstate`;
  let keys: Keys;
  let mine: Awaited<ReturnType<typeof project>>;

  beforeAll(async () => {
    keys = await mint(`tf-${mode}`, key, mode, 'apply');
    mine = await project(`mine-${mode}`, key, mode);
  });

  it('initialises an empty state and applies', async () => {
    expect(await mine.run(keys, 'init')).toMatchObject({ exitCode: 0 });
    const applied = await mine.run(keys, 'apply', '-auto-approve');
    expect(applied.all).toContain('Apply complete! Resources: 1 added');
  });

  it('is refused while another apply holds the lock', async () => {
    const slow = await project(`slow-${mode}`, key, mode, true);
    expect(await slow.run(keys, 'init')).toMatchObject({ exitCode: 0 });
    const holder = slow.start(keys, 'apply', '-auto-approve', '-replace=terraform_data.thing');
    await slow.holdsLock();
    const second = await mine.run(keys, 'apply', '-auto-approve');
    await slow.release();
    expect(second.exitCode).toBe(1);
    expect(second.all).toContain('Error acquiring the state lock');
    expect(await holder).toMatchObject({ exitCode: 0 });
  });

  it('frees the lock of a killed apply with force-unlock', async () => {
    const killed = await project(`killed-${mode}`, key, mode, true);
    expect(await killed.run(keys, 'init')).toMatchObject({ exitCode: 0 });
    const holder = killed.start(keys, 'apply', '-auto-approve', '-replace=terraform_data.thing');
    await killed.holdsLock();
    if (holder.pid === undefined) throw new Error('terraform did not start');
    process.kill(-holder.pid, 'SIGKILL');
    await holder;
    const refused = await mine.run(keys, 'apply', '-auto-approve');
    const unlocked = await mine.run(keys, 'force-unlock', '-force', lockIdOf(refused));
    expect(unlocked, unlocked.all).toMatchObject({ exitCode: 0 });
    const applied = await mine.run(keys, 'apply', '-auto-approve');
    expect(applied.all).toContain('Apply complete!');
  });

  it('is denied the key beside its own', async () => {
    const sibling = await project(`sibling-${mode}`, `${mode}/terraform.tfstate2`, mode);
    const initialised = await sibling.run(keys, 'init');
    expect(initialised.exitCode).toBe(1);
    expect(initialised.all).toMatch(/AccessDenied|403/);
    const listed = await aws.aws(
      aws.admin,
      ...['s3api', 'head-object', '--bucket', bucket, '--key', `${mode}/terraform.tfstate2`],
    );
    expect(listed.stderr).toContain('404');
  });

  it('with plan access reads the state, and can neither lock nor write it', async () => {
    const reader = await mint(`tf-${mode}-plan`, key, mode, 'plan');
    const planner = await project(`planner-${mode}`, key, mode);
    expect(await planner.run(reader, 'init')).toMatchObject({ exitCode: 0 });
    const planned = await planner.run(reader, 'plan', '-lock=false');
    expect(planned, planned.all).toMatchObject({ exitCode: 0 });
    const locking = await planner.run(reader, 'plan');
    expect(locking.all).toContain('Error acquiring the state lock');
    const written = await planner.run(reader, 'apply', '-auto-approve', '-lock=false');
    expect(written.exitCode).toBe(1);
    expect(written.all).toContain('AccessDenied');
  });
});
