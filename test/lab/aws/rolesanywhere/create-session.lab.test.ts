import { randomBytes, webcrypto } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import * as x509 from '@peculiar/x509';
import { execa } from 'execa';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { profileArn, trustAnchorArn } from '../../../../lab/aws/rolesanywhere/arn.ts';
import { goTool, goTools } from '../../../../lab/parts/go.ts';
import { createCa, issue, type KeyPair } from '../../../../lab/pki.ts';
import {
  brokerPermissions,
  profileTrust,
  rolesAnywhereTrust,
} from '../../../../policies/aws/trust.ts';
import {
  accountId,
  region,
  runAws,
  type CliResult,
  type Keys,
  type RunningAws,
} from '../running-aws.ts';

const account = { id: accountId, region };
const anchorArn = trustAnchorArn(account, 'broker');
const brokerProfile = profileArn(account, 'broker');
const roleArn = (name: string) => `arn:aws:iam::${accountId}:role/${name}`;
const source = (ca: KeyPair) =>
  JSON.stringify({
    sourceType: 'CERTIFICATE_BUNDLE',
    sourceData: { x509CertificateData: ca.certificate },
  });

let aws: RunningAws;
let helper: string;
let ca: KeyPair;
let leaf: KeyPair;

async function makeRole(name: string, trust: unknown, permissions: unknown): Promise<void> {
  await aws.json(
    aws.admin,
    ...['iam', 'create-role', '--role-name', name],
    ...['--assume-role-policy-document', JSON.stringify(trust)],
  );
  await aws.json(
    aws.admin,
    ...['iam', 'put-role-policy', '--role-name', name, '--policy-name', 'permissions'],
    ...['--policy-document', JSON.stringify(permissions)],
  );
}

/** The real aws_signing_helper. */
async function createSession(
  pair: KeyPair,
  o: { role?: string; anchor?: string; profile?: string; more?: readonly string[] } = {},
): Promise<CliResult> {
  const file = join(aws.directory, randomBytes(6).toString('hex'));
  await writeFile(`${file}.pem`, pair.certificate);
  await writeFile(`${file}.key`, pair.privateKey, { mode: 0o600 });
  const { exitCode, stdout, stderr } = await execa(
    helper,
    [
      ...['credential-process', '--endpoint', aws.url],
      ...['--certificate', `${file}.pem`, '--private-key', `${file}.key`],
      ...['--role-arn', roleArn(o.role ?? 'broker'), '--profile-arn', o.profile ?? brokerProfile],
      ...['--trust-anchor-arn', o.anchor ?? anchorArn, ...(o.more ?? [])],
    ],
    { reject: false, env: { HOME: aws.directory, AWS_MAX_ATTEMPTS: '1' }, extendEnv: false },
  );
  return { exitCode, stdout, stderr };
}

/** An RSA certificate below an intermediate CA, whose chain the helper sends along. */
async function belowIntermediate(root: KeyPair) {
  const algorithm = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' };
  const rsa = {
    name: 'RSASSA-PKCS1-v1_5',
    hash: 'SHA-256',
    modulusLength: 2048,
    publicExponent: new Uint8Array([1, 0, 1]),
  };
  const between = await webcrypto.subtle.generateKey(algorithm, true, ['sign', 'verify']);
  const end = await webcrypto.subtle.generateKey(rsa, true, ['sign', 'verify']);
  const rootKey = await webcrypto.subtle.importKey(
    'pkcs8',
    x509.PemConverter.decodeFirst(root.privateKey),
    algorithm,
    false,
    ['sign'],
  );
  const intermediate = await x509.X509CertificateGenerator.create({
    ...{ subject: 'CN=Intermediate', issuer: new x509.X509Certificate(root.certificate).subject },
    ...{ publicKey: between.publicKey, signingKey: rootKey, signingAlgorithm: algorithm },
    extensions: [new x509.BasicConstraintsExtension(true, undefined, true)],
  });
  const certificate = await x509.X509CertificateGenerator.create({
    ...{ subject: 'CN=openbao,O=Lab', issuer: intermediate.subject, publicKey: end.publicKey },
    ...{ signingKey: between.privateKey, signingAlgorithm: algorithm },
    extensions: [new x509.BasicConstraintsExtension(false, undefined, true)],
  });
  const key = await webcrypto.subtle.exportKey('pkcs8', end.privateKey);
  return {
    intermediate: intermediate.toString('pem'),
    pair: {
      certificate: certificate.toString('pem'),
      privateKey: x509.PemConverter.encode(key, 'PRIVATE KEY'),
    },
  };
}

beforeAll(async () => {
  aws = await runAws();
  ({ path: helper } = await goTool(goTools.awsSigningHelper, () => undefined));
  ca = await createCa('Roles Anywhere CA');
  leaf = await issue(ca, { commonName: 'openbao' });
  const trust = rolesAnywhereTrust(anchorArn, 'openbao');
  await makeRole('broker', trust, brokerPermissions([roleArn('tf-proxmox')]));
  await makeRole('unlisted', trust, brokerPermissions([roleArn('tf-proxmox')]));
  const identity = { Effect: 'Allow', Action: 's3:ListAllMyBuckets', Resource: '*' };
  await makeRole('tf-proxmox', profileTrust(roleArn('broker')), {
    ...{ Version: '2012-10-17', Statement: [identity] },
  });
  for (const name of ['broker', 'other']) {
    await aws.json(
      aws.admin,
      ...['rolesanywhere', 'create-trust-anchor', '--name', name, '--enabled'],
      ...['--source', source(ca)],
    );
  }
  await aws.json(
    aws.admin,
    ...['rolesanywhere', 'create-profile', '--name', 'broker', '--enabled'],
    ...['--role-arns', roleArn('broker'), '--duration-seconds', '1800'],
  );
});
afterAll(() => aws.stop());

describe('CreateSession by the real aws_signing_helper', () => {
  it('gives the broker role to the certificate that it trusts', async () => {
    const { stdout, stderr } = await createSession(leaf);
    expect(stderr).toBe('');
    const keys = { ...(JSON.parse(stdout) as Keys) };
    const serial = new x509.X509Certificate(leaf.certificate).serialNumber;
    expect(await aws.json(keys, 'sts', 'get-caller-identity')).toMatchObject({
      Arn: `arn:aws:sts::${accountId}:assumed-role/broker/${serial}`,
    });
  });

  it('carries the certificate name as source identity through role chaining', async () => {
    const keys = JSON.parse((await createSession(leaf)).stdout) as Keys;
    const assume = ['sts', 'assume-role', '--role-session-name', 'test', '--role-arn'];
    expect(await aws.json(keys, ...assume, roleArn('tf-proxmox'))).toMatchObject({
      SourceIdentity: 'openbao',
    });
    const renamed = [...assume, roleArn('tf-proxmox'), '--source-identity', 'somebody-else'];
    expect((await aws.aws(keys, ...renamed)).stderr).toContain('AccessDenied');
  });

  it('lasts no longer than the profile says', async () => {
    const { stdout } = await createSession(leaf, { more: ['--session-duration', '3600'] });
    const { Expiration } = JSON.parse(stdout) as { Expiration: string };
    expect(Date.parse(Expiration)).toBeLessThanOrEqual(Date.now() + 1_800_000);
  });

  it('takes an RSA key and a chain over an intermediate CA', async () => {
    const { pair, intermediate } = await belowIntermediate(ca);
    const bundle = join(aws.directory, 'intermediate.pem');
    await writeFile(bundle, intermediate);
    expect(await createSession(pair, { more: ['--intermediates', bundle] })).toMatchObject({
      exitCode: 0,
    });
    expect((await createSession(pair)).stderr).toContain('AccessDeniedException');
  });

  it.each<[string, () => Promise<CliResult>, string]>([
    [
      'another CA of the same name',
      async () =>
        createSession(await issue(await createCa('Roles Anywhere CA'), { commonName: 'openbao' })),
      'Untrusted certificate',
    ],
    [
      'another common name',
      async () => createSession(await issue(ca, { commonName: 'openbao2' })),
      'Unable to assume role',
    ],
    ['the CA certificate itself', () => createSession(ca), 'Untrusted certificate'],
    [
      'a key that is not of the certificate',
      async () =>
        createSession({
          ...leaf,
          privateKey: (await issue(ca, { commonName: 'openbao' })).privateKey,
        }),
      '',
    ],
    [
      'a role that the profile does not list',
      () => createSession(leaf, { role: 'unlisted' }),
      'Profile does not list',
    ],
    [
      'a trust anchor that the role does not trust',
      () => createSession(leaf, { anchor: trustAnchorArn(account, 'other') }),
      'Unable to assume role',
    ],
    [
      'a trust anchor that does not exist',
      () => createSession(leaf, { anchor: trustAnchorArn(account, 'nothing') }),
      'ResourceNotFoundException',
    ],
    [
      'a profile that does not exist',
      () => createSession(leaf, { profile: profileArn(account, 'nothing') }),
      'ResourceNotFoundException',
    ],
    [
      'a session name that the profile does not accept',
      () => createSession(leaf, { more: ['--role-session-name', 'mine'] }),
      'AccessDeniedException',
    ],
    [
      'a duration below 900 s',
      () => createSession(leaf, { more: ['--session-duration', '899'] }),
      'ValidationException',
    ],
  ])('refuses %s', async (_, attempt, message) => {
    const refused = await attempt();
    expect(refused.exitCode).not.toBe(0);
    expect(refused.stdout).toBe('');
    expect(refused.stderr).toContain(message);
  });

  it('refuses an expired certificate', async () => {
    const old = await issue(ca, { commonName: 'openbao' });
    await aws.shiftClock(7 * 86_400);
    expect((await createSession(old)).stderr).toContain('not valid at this time');
    await aws.shiftClock(0);
    expect(await createSession(old)).toMatchObject({ exitCode: 0 });
  });

  it.each([
    ['trust-anchor', anchorArn],
    ['profile', brokerProfile],
  ])('refuses while the %s is disabled', async (kind, arn) => {
    const id = arn.split('/').at(-1) ?? '';
    await aws.json(aws.admin, 'rolesanywhere', `disable-${kind}`, `--${kind}-id`, id);
    expect((await createSession(leaf)).stderr).toContain('is disabled');
    await aws.json(aws.admin, 'rolesanywhere', `enable-${kind}`, `--${kind}-id`, id);
    expect(await createSession(leaf)).toMatchObject({ exitCode: 0 });
  });

  it('keeps anchors, profiles and sessions over a restart of the double', async () => {
    const keys = JSON.parse((await createSession(leaf)).stdout) as Keys;
    await aws.restartDouble();
    expect(await aws.aws(keys, 'sts', 'get-caller-identity')).toMatchObject({ exitCode: 0 });
    expect(await createSession(leaf)).toMatchObject({ exitCode: 0 });
  });
});

describe('the control plane', () => {
  it('tags and untags', async () => {
    const tags = ['rolesanywhere', 'tag-resource', '--resource-arn', anchorArn];
    await aws.json(aws.admin, ...tags, '--tags', 'key=owner,value=ops', 'key=b,value=2');
    const untag = ['rolesanywhere', 'untag-resource', '--resource-arn', anchorArn];
    await aws.json(aws.admin, ...untag, '--tag-keys', 'b');
    expect(
      await aws.json(
        aws.admin,
        ...['rolesanywhere', 'list-tags-for-resource', '--resource-arn', anchorArn],
      ),
    ).toEqual({ tags: [{ key: 'owner', value: 'ops' }] });
  });

  it('is closed to the broker', async () => {
    const keys = JSON.parse((await createSession(leaf)).stdout) as Keys;
    const listed = await aws.aws(keys, 'rolesanywhere', 'list-profiles');
    expect(listed.stderr).toContain('AccessDeniedException');
  });

  it('refuses a bundle that is no CA', async () => {
    const created = await aws.aws(
      aws.admin,
      ...['rolesanywhere', 'create-trust-anchor', '--name', 'leaf', '--source', source(leaf)],
    );
    expect(created.stderr).toContain('ValidationException');
  });

  it('gives a second one of the same name another id', async () => {
    const { trustAnchor } = (await aws.json(
      aws.admin,
      ...['rolesanywhere', 'create-trust-anchor', '--name', 'broker', '--source', source(ca)],
    )) as { trustAnchor: { trustAnchorArn: string; enabled: boolean } };
    expect(trustAnchor.trustAnchorArn).not.toBe(anchorArn);
    expect(trustAnchor.enabled).toBe(false);
  });
});
