import { createPrivateKey, sign, X509Certificate } from 'node:crypto';
import { beforeAll, describe, expect, it } from 'vitest';
import { isRecord } from '../../../../lab/aws/request.ts';
import type { Anchors } from '../../../../lab/aws/rolesanywhere/anchors.ts';
import { profileArn, trustAnchorArn } from '../../../../lab/aws/rolesanywhere/arn.ts';
import { readBundle, verifyChain } from '../../../../lab/aws/rolesanywhere/certificate.ts';
import { createSession } from '../../../../lab/aws/rolesanywhere/create-session.ts';
import { readClaim, stringToSign } from '../../../../lab/aws/sigv4.ts';
import { createCa, issue, type KeyPair } from '../../../../lab/pki.ts';
import { rolesAnywhereTrust } from '../../../../policies/aws/trust.ts';
import { awsRequest } from '../request-builder.ts';

let ca: KeyPair;
let leaf: KeyPair;
const der = (pair: KeyPair) => new X509Certificate(pair.certificate).raw.toString('base64');
const day = 86_400_000;

beforeAll(async () => {
  ca = await createCa('Roles Anywhere CA');
  leaf = await issue(ca, { commonName: 'openbao', dnsNames: ['openbao.example.net'] });
});

describe('a certificate', () => {
  const verify = (now = Date.now()) =>
    verifyChain(der(leaf), undefined, readBundle(ca.certificate), now);

  it('gives its names to the session', () => {
    expect(verify()).toMatchObject({
      commonName: 'openbao',
      principalTags: {
        'x509Subject/CN': 'openbao',
        'x509Issuer/CN': 'Roles Anywhere CA',
        'x509SAN/DNS': 'openbao.example.net',
      },
    });
  });

  it('is refused after its end and before its beginning', () => {
    expect(() => verify(Date.now() + 8 * day)).toThrow('not valid at this time');
    expect(() => verify(Date.now() - day)).toThrow('not valid at this time');
  });

  it.each([
    ['nothing', undefined],
    ['no certificate', 'aGVsbG8='],
    ['an empty header', ''],
  ])('is refused when the header holds %s', (_, header) => {
    expect(() => verifyChain(header, undefined, readBundle(ca.certificate), Date.now())).toThrow();
  });

  it('is refused when only the chain, and not the anchor, signed it', async () => {
    const other = readBundle((await createCa('Other CA')).certificate);
    expect(() => verifyChain(der(leaf), der(ca), other, Date.now())).toThrow('Untrusted');
  });
});

describe('a signature of CreateSession', () => {
  const account = { id: '123456789012', region: 'us-east-2' };
  const roleArn = 'arn:aws:iam::123456789012:role/broker';
  const anchorArn = trustAnchorArn(account, 'broker');

  /** Signed by that key, whatever certificate goes with it. */
  async function attempt(key: KeyPair, o: { region?: string; serial?: string } = {}) {
    const query: [string, string][] = [
      ['profileArn', profileArn(account, 'broker')],
      ['roleArn', roleArn],
      ['trustAnchorArn', anchorArn],
    ];
    const at = new Date().toISOString().replace(/[-:]|\.\d+/g, '');
    const serial = o.serial ?? BigInt(`0x${new X509Certificate(leaf.certificate).serialNumber}`);
    const request = (signature: string) =>
      awsRequest({
        ...{ method: 'POST', path: '/sessions', query, body: '{"durationSeconds":900}' },
        headers: {
          authorization:
            `AWS4-X509-ECDSA-SHA256 Credential=${String(serial)}/${at.slice(0, 8)}/` +
            `${o.region ?? account.region}/rolesanywhere/aws4_request, ` +
            `SignedHeaders=host;x-amz-date;x-amz-x509, Signature=${signature}`,
          host: 'localhost',
          'x-amz-date': at,
          'x-amz-x509': der(leaf),
        },
      });
    const unsigned = readClaim(request('00'));
    if (unsigned === undefined) throw new Error('unsigned');
    const text = stringToSign(request('00'), unsigned);
    const signature = sign('sha256', Buffer.from(text), createPrivateKey(key.privateKey));
    const finished = request(signature.toString('hex'));
    return createSession(parts(), finished, readClaim(finished) ?? unsigned);
  }

  function parts(): Parameters<typeof createSession>[0] {
    const common = { enabled: true, createdAt: '', updatedAt: '', tags: {}, name: 'broker' };
    const anchors: Anchors = {
      trustAnchors: new Map([
        [
          'a',
          {
            ...{
              ...common,
              trustAnchorId: 'a',
              trustAnchorArn: anchorArn,
              notificationSettings: [],
            },
            source: {
              sourceType: 'CERTIFICATE_BUNDLE',
              sourceData: { x509CertificateData: ca.certificate },
            },
          },
        ],
      ]),
      profiles: new Map([
        [
          'p',
          {
            ...{ ...common, profileId: 'p', profileArn: profileArn(account, 'broker') },
            ...{ roleArns: [roleArn], managedPolicyArns: [], durationSeconds: 3600 },
            ...{ acceptRoleSessionName: false, requireInstanceProperties: false, createdBy: '' },
          },
        ],
      ]),
      save: () => Promise.resolve(),
    };
    const role = {
      ...{ arn: roleArn, name: 'broker', id: 'AROA', maxSessionDuration: 3600, policies: [] },
      trustPolicy: { ...rolesAnywhereTrust(anchorArn, 'openbao') },
    };
    return {
      ...{ accountId: account.id, anchors, now: Date.now },
      roles: { find: () => Promise.resolve(role), changed: () => undefined },
      issue: (terms) =>
        Promise.resolve({
          ...{ accessKeyId: 'ASIA', secretAccessKey: 's', sessionToken: 't', issuedAt: 0 },
          ...{ expiresAt: 0, roleArn, sessionName: terms.sessionName, arn: '', userId: '' },
          ...{ principalTags: {}, chain: [] },
        }),
    };
  }

  it('is taken where it is by the key of the certificate', async () => {
    const { status, body } = await attempt(leaf);
    expect(status).toBe(201);
    expect(isRecord(JSON.parse(String(body)))).toBe(true);
  });

  it('is refused by another key of the same CA', async () => {
    const other = await issue(ca, { commonName: 'openbao' });
    await expect(attempt(other)).rejects.toMatchObject({ kind: 'bad-signature' });
  });

  it('is refused under the serial number of another certificate', async () => {
    await expect(attempt(leaf, { serial: '1' })).rejects.toMatchObject({ kind: 'bad-signature' });
  });

  it('is refused in another region than that of the trust anchor', async () => {
    await expect(attempt(leaf, { region: 'eu-west-1' })).rejects.toThrow('another region');
  });
});
