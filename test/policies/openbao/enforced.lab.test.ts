import { webcrypto } from 'node:crypto';
import { Pkcs10CertificateRequestGenerator } from '@peculiar/x509';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { renderAcl, type AclRule } from '../../../policies/openbao/acl.ts';
import { consumerAcl, enrolAcl, renewAcl } from '../../../policies/openbao/consumer.ts';
import { issuerAcl } from '../../../policies/openbao/issuer.ts';
import { operatorAcl } from '../../../policies/openbao/operator.ts';
import { responderAcl } from '../../../policies/openbao/responder.ts';
import { terraformApplyAcl, terraformPlanAcl } from '../../../policies/openbao/terraform.ts';
import { resolveBackbone } from '../../../src/model/backbone.ts';
import { declare } from '../../fixtures/declaration.ts';
import { devServer, type Request, type Server } from './server.ts';

const backbone = resolveBackbone(declare());
const { wrapTtl } = backbone.declaration.openbao;
const consumer = (name: string) => {
  const found = backbone.consumers.find((candidate) => candidate.name === name);
  if (found === undefined) throw new Error(`no consumer ${name}`);
  return found;
};

const policies = {
  agent: consumerAcl(consumer('terraform-agent')),
  unpoller: consumerAcl(consumer('unpoller')),
  'unpoller, first login': [
    ...consumerAcl(consumer('unpoller')),
    ...enrolAcl(consumer('unpoller')),
  ],
  'unpoller, by certificate': [
    ...consumerAcl(consumer('unpoller')),
    ...renewAcl(consumer('unpoller')),
  ],
  responder: responderAcl(backbone.consumers),
  issuer: issuerAcl(backbone.consumers, wrapTtl),
  operator: operatorAcl({ ...backbone, wrapTtl }),
  apply: terraformApplyAcl(),
  plan: terraformPlanAcl(),
  // Not a policy of ours: what it would mean to mint by a read (docs/decisions/0008).
  'mint-by-read': [
    { why: 'mint', path: 'aws/sts/tf-proxmox', capabilities: ['read'], parameters: ['ttl'] },
  ],
} satisfies Record<string, readonly AclRule[]>;
type Identity = keyof typeof policies;

let server: Server;
let csr: string;
let secretIdAccessor: string;
const tokens = new Map<string, string>();

beforeAll(async () => {
  server = await devServer();
  const root = async (request: Request) => {
    const answer = await server.request(server.rootToken, request);
    if (answer.status >= 300) throw new Error(`${request.path}: ${JSON.stringify(answer.body)}`);
    return answer.body;
  };
  const post = (path: string, body: unknown = {}) => root({ method: 'POST', path, body });

  await post('sys/mounts/kv', { type: 'kv', options: { version: '2' } });
  // Stands where the AWS engine would: policies are checked before the engine is asked.
  await post('sys/mounts/aws', { type: 'kv', options: { version: '1' } });
  await post('aws/sts/tf-proxmox', { stored: 'by root' });
  await post('sys/auth/approle', { type: 'approle' });
  await post('sys/auth/operator', { type: 'userpass' });
  await post('sys/auth/cert', { type: 'cert' });
  await post('sys/mounts/arrivals', { type: 'kv', options: { version: '2' } });
  await post('arrivals/config', { cas_required: true });
  await post('sys/mounts/pki', { type: 'pki' });
  await post('pki/issuers/generate/root/internal', { common_name: 'ca', key_type: 'ec' });
  for (const role of ['enrol-unpoller', 'renew-unpoller', 'enrol-alice']) {
    await post(`pki/roles/${role}`, { allow_any_name: true, key_type: 'ec', ttl: '1h' });
  }
  csr = await certificateRequest('unpoller');
  for (const { name } of backbone.consumers) await post(`auth/approle/role/${name}`);
  const issued = await post('auth/approle/role/alice/secret-id');
  secretIdAccessor = (issued['data'] as { secret_id_accessor: string }).secret_id_accessor;
  for (const { dataPath } of backbone.secrets) await post(dataPath, { data: { api_key: 'x' } });
  for (const [name, rules] of Object.entries(policies)) {
    await post(`sys/policies/acl/${name}`, { policy: renderAcl(rules) });
    const { auth } = await post('auth/token/create', { policies: [name], no_default_policy: true });
    tokens.set(name, (auth as { client_token: string }).client_token);
  }
});

afterAll(() => server.stop());

const status = async (identity: Identity, request: Request) =>
  (await server.request(tokens.get(identity) ?? '', request)).status;

const get = (path: string): Request => ({ method: 'GET', path });
const post = (path: string, body: unknown = {}, wrap?: string): Request => ({
  method: 'POST',
  path,
  body,
  ...(wrap === undefined ? {} : { wrap }),
});
const policy = 'path "kv/data/x" { capabilities = ["read"] }';
const secretId = 'auth/approle/role/unpoller/secret-id';

/** A CSR for the name with a new P-256 key, in PEM. */
async function certificateRequest(name: string): Promise<string> {
  const algorithm = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' } as const;
  const keys = await webcrypto.subtle.generateKey(algorithm, true, ['sign', 'verify']);
  const request = await Pkcs10CertificateRequestGenerator.create({
    name: `CN=${name}`,
    keys,
    signingAlgorithm: algorithm,
  });
  return request.toString('pem');
}

/** A request, or how to make it of what the server has been given before. */
type Case = readonly [Identity, string, Request | (() => Request)];
const made = (request: Case[2]): Request => (typeof request === 'function' ? request() : request);

const arrive = (name: string, cas: number): Request =>
  post(`arrivals/data/${name}`, { options: { cas }, data: { at: 'now' } });
const sign =
  (role: string, more: object = {}) =>
  () =>
    post(`pki/sign/${role}`, { csr, ...more });
const accessorOf = (name: string, what: 'lookup' | 'destroy') => () =>
  post(`auth/approle/role/${name}/secret-id-accessor/${what}`, {
    secret_id_accessor: secretIdAccessor,
  });
const accessorOfToken = { accessor: 'unknown' };

describe('OpenBao allows', () => {
  it.each<Case>([
    ['unpoller', 'its own secret', get('kv/data/unifi/exporter')],
    ['unpoller', 'a look at its token', get('auth/token/lookup-self')],
    ['unpoller', 'its arrival', arrive('unpoller', 0)],
    ['unpoller', 'a look at its arrival', get('arrivals/data/unpoller')],
    ['unpoller', 'its next arrival', arrive('unpoller', 1)],
    ['unpoller, first login', 'its first certificate', sign('enrol-unpoller')],
    ['unpoller, by certificate', 'its next certificate', sign('renew-unpoller')],
    ['agent', 'a mint of a chosen life', post('aws/sts/tf-proxmox', { ttl: '20m' })],
    ['issuer', 'a wrapped SecretID', post(secretId, {}, '5m')],
    ['issuer', 'a SecretID wrapped for the least time', post(secretId, {}, '60s')],
    ['issuer', 'a role id', get('auth/approle/role/unpoller/role-id')],
    ['issuer', 'a look at a SecretID', accessorOf('alice', 'lookup')],
    ['issuer', 'a look at an arrival', get('arrivals/data/unpoller')],
    ['responder', 'a list of certificates', { method: 'LIST', path: 'pki/certs' }],
    ['responder', 'a list of tokens', { method: 'LIST', path: 'auth/token/accessors' }],
    [
      'responder',
      'a list of SecretIDs',
      { method: 'LIST', path: 'auth/approle/role/alice/secret-id' },
    ],
    ['responder', 'a look at a SecretID', accessorOf('alice', 'lookup')],
    ['responder', 'the end of a SecretID', accessorOf('alice', 'destroy')],
    ['responder', 'a look at an arrival', get('arrivals/data/unpoller')],
    ['operator', 'a new value', post('kv/data/unifi/tofu', { data: { password: 'y' } })],
    ['operator', 'a look at metadata', get('kv/metadata/unifi/tofu')],
    ['apply', 'metadata', post('kv/metadata/unifi/tofu', { custom_metadata: { rung: '2' } })],
    ['apply', 'a consumer policy', post('sys/policies/acl/consumer-new', { policy })],
    ['apply', 'an enrolment policy', post('sys/policies/acl/enrol-new', { policy })],
    ['apply', 'a renewal policy', post('sys/policies/acl/renew-new', { policy })],
    ['apply', 'a PKI role', post('pki/roles/enrol-new', { key_type: 'ec' })],
    [
      'apply',
      'a CA whose key stays inside',
      post('pki/issuers/generate/root/internal', { common_name: 'next' }),
    ],
    ['apply', 'check-and-set for arrivals', post('arrivals/config', { cas_required: true })],
    ['apply', 'a tidying of certificates', post('pki/config/auto-tidy', { enabled: false })],
    ['apply', 'a tuning of certificate logins', post('sys/mounts/auth/cert/tune', {})],
    ['apply', 'a tuning', post('sys/mounts/auth/approle/tune', { max_lease_ttl: '1h' })],
    ['plan', 'a look at a policy', get('sys/policies/acl/operator')],
    ['plan', 'a look at the tuning', get('sys/mounts/auth/approle/tune')],
    ['plan', 'a look at a role', get('auth/approle/role/unpoller')],
    ['plan', 'a look at a PKI role', get('pki/roles/enrol-unpoller')],
    ['plan', 'a look at the tidying', get('pki/config/auto-tidy')],
    ['plan', 'a look at the mount of certificate logins', get('sys/mounts/auth/cert')],
    ['plan', 'a look at the mount of arrivals', get('sys/mounts/arrivals')],
  ])('%s: %s', async (identity, _, request) => {
    expect(await status(identity, made(request))).toBeLessThan(300);
  });
});

describe('OpenBao denies', () => {
  it.each<Case>([
    ['unpoller', 'a version of it', get('kv/data/unifi/exporter?version=1')],
    ['unpoller', 'the secret beside it', get('kv/data/unifi/tofu')],
    ['unpoller', 'a list of secrets', { method: 'LIST', path: 'kv/metadata/unifi' }],
    ['unpoller', 'a write of its secret', post('kv/data/unifi/exporter', { data: {} })],
    ['unpoller', 'a session', post('aws/sts/tf-proxmox')],
    ['unpoller', 'a child token', post('auth/token/create')],
    ['unpoller', "another's arrival", arrive('alice', 0)],
    ['unpoller', "a look at another's arrival", get('arrivals/data/alice')],
    ['unpoller', 'a list of arrivals', { method: 'LIST', path: 'arrivals/metadata' }],
    ['unpoller', 'a delete of its arrival', { method: 'DELETE', path: 'arrivals/data/unpoller' }],
    ['unpoller', 'an end of check-and-set', post('arrivals/metadata/unpoller', {})],
    ['unpoller', 'a certificate by the plain policy', sign('enrol-unpoller')],
    ['unpoller, first login', 'a renewal', sign('renew-unpoller')],
    ['unpoller, first login', "another's certificate", sign('enrol-alice')],
    ['unpoller, first login', 'a longer life', sign('enrol-unpoller', { ttl: '1h' })],
    ['unpoller, first login', 'another name', sign('enrol-unpoller', { common_name: 'alice' })],
    ['unpoller, first login', 'other names', sign('enrol-unpoller', { alt_names: 'alice' })],
    ['unpoller, first login', 'a key made by the server', post('pki/issue/enrol-unpoller', {})],
    ['unpoller, first login', 'signing past the role', () => post('pki/sign-verbatim', { csr })],
    ['unpoller, by certificate', 'an enrolment', sign('enrol-unpoller')],
    ['unpoller, by certificate', 'a longer life', sign('renew-unpoller', { ttl: '1h' })],
    ['agent', 'a session of another profile', post('aws/sts/tf-unifi')],
    ['agent', 'a session name', post('aws/sts/tf-proxmox', { role_session_name: 'x' })],
    ['agent', 'a role', post('aws/sts/tf-proxmox', { ttl: '20m', role_arn: 'x' })],
    ['agent', 'a mint by read', get('aws/sts/tf-proxmox')],
    ['issuer', 'an unwrapped SecretID', post(secretId)],
    ['issuer', 'a SecretID wrapped for too long', post(secretId, {}, '601s')],
    ['issuer', 'a SecretID wrapped for too short', post(secretId, {}, '59s')],
    ['issuer', 'more uses', post(secretId, { num_uses: 0 }, '5m')],
    ['issuer', 'a longer life', post(secretId, { ttl: '24h' }, '5m')],
    ['issuer', 'other addresses', post(secretId, { cidr_list: '0.0.0.0/0' }, '5m')],
    ['issuer', 'its own metadata', post(secretId, { metadata: '{}' }, '5m')],
    ['issuer', 'a custom SecretID', post(`auth/approle/role/unpoller/custom-secret-id`, {}, '5m')],
    ['issuer', 'a change of the role', post('auth/approle/role/unpoller', {})],
    ['issuer', 'an arrival', arrive('unpoller', 2)],
    ['issuer', 'a SecretID of the program', accessorOf('terraform-apply', 'lookup')],
    [
      'issuer',
      'a list of SecretIDs',
      { method: 'LIST', path: 'auth/approle/role/alice/secret-id' },
    ],
    ['issuer', 'a list of tokens', { method: 'LIST', path: 'auth/token/accessors' }],
    ['issuer', 'an end of a token', post('auth/token/revoke-accessor', accessorOfToken)],
    ['issuer', 'a certificate', sign('enrol-unpoller')],
    ['responder', 'a secret', get('kv/data/unifi/tofu')],
    ['responder', 'a session', post('aws/sts/tf-proxmox')],
    ['responder', 'a SecretID', post(secretId)],
    ['responder', 'a wrapped SecretID', post(secretId, {}, '5m')],
    ['responder', 'a SecretID of the program', accessorOf('terraform-apply', 'destroy')],
    ['responder', 'an arrival', arrive('unpoller', 2)],
    ['responder', 'a certificate', sign('enrol-unpoller')],
    ['responder', 'a token', post('auth/token/create')],
    ['responder', 'an end of a token by itself', post('auth/token/revoke', { token: 'x' })],
    ['responder', 'another device of the audit log', post('sys/audit-hash/second', { input: 'x' })],
    ['responder', 'a list fetched by the server', post('auth/cert/crls/consumers', { url: 'x' })],
    ['responder', 'a list of its own', post('auth/cert/crls/other', { crl: 'x' })],
    ['operator', 'a password of an operator', post('auth/operator/users/bob/password', {})],
    ['operator', 'a policy', post('sys/policies/acl/operator', { policy: '' })],
    ['operator', 'a delete of a secret', { method: 'DELETE', path: 'kv/metadata/unifi/tofu' }],
    ['apply', 'a value', get('kv/data/unifi/tofu')],
    ['apply', 'a delete of metadata', { method: 'DELETE', path: 'kv/metadata/unifi/tofu' }],
    ['apply', 'fewer versions', post('kv/metadata/unifi/tofu', { max_versions: 1 })],
    ['apply', 'a session', post('aws/sts/tf-proxmox')],
    ['apply', 'a SecretID', post(secretId, {}, '5m')],
    ['apply', 'a CA whose key comes out', post('pki/issuers/generate/root/exported', {})],
    ['apply', 'a certificate', sign('enrol-unpoller')],
    ['apply', 'an arrival', arrive('unpoller', 2)],
    ['apply', 'certificates by ACME', post('pki/config/acme', { enabled: true })],
    ['apply', 'a policy of a name not its own', post('sys/policies/acl/other', { policy: '' })],
    ['plan', 'a value', get('kv/data/unifi/tofu')],
    ['plan', 'a write of metadata', post('kv/metadata/unifi/tofu', { custom_metadata: {} })],
    ['plan', 'a policy', post('sys/policies/acl/consumer-new', { policy: '' })],
    ['plan', 'a role', post('auth/approle/role/unpoller', {})],
    ['plan', 'a SecretID', post(secretId, {}, '5m')],
    ['plan', 'a mount', post('sys/mounts/aws/tune', {})],
    ['plan', 'a CA', post('pki/issuers/generate/root/internal', {})],
    ['plan', 'a PKI role', post('pki/roles/enrol-new', {})],
    ['plan', 'a certificate login', post('auth/cert/certs/unpoller', {})],
  ])('%s: %s', async (identity, _, request) => {
    expect(await status(identity, made(request))).toBe(403);
  });
});

describe('the parameters of a read', () => {
  it.each([
    ['none', '', 200],
    ['the allowed one', '?ttl=20m', 200],
    ['another', '?role_session_name=x', 403],
  ])('are checked by this server as those of a write are: %s', async (_, query, expected) => {
    expect(await status('mint-by-read', get(`aws/sts/tf-proxmox${query}`))).toBe(expected);
  });
});

describe('what the responder does to a thief', () => {
  it('may be joined by the hashes of the audit log, which this server has not', async () => {
    const hash = post('sys/audit-hash/first', { input: 'x' });
    expect(await server.request(tokens.get('responder') ?? '', hash)).toMatchObject({
      status: 400,
      body: { errors: [expect.stringContaining('first')] },
    });
  });

  it('ends its token, found among all by the accessor', async () => {
    const { body } = await server.request(server.rootToken, post('auth/token/create'));
    const { client_token: token, accessor } = body['auth'] as {
      client_token: string;
      accessor: string;
    };
    const look = async () => (await server.request(token, get('auth/token/lookup-self'))).status;
    expect(await look()).toBe(200);
    expect(await status('responder', post('auth/token/lookup-accessor', { accessor }))).toBe(200);
    expect(await status('responder', post('auth/token/revoke-accessor', { accessor }))).toBe(204);
    expect(await look()).toBe(403);
  });

  it('revokes its certificate and tells the login of it', async () => {
    const { body } = await server.request(server.rootToken, sign('renew-unpoller')());
    const { serial_number } = body['data'] as { serial_number: string };
    expect(await status('responder', post('pki/revoke', { serial_number }))).toBe(200);
    const { body: list } = await server.request('', get('pki/cert/crl'));
    const crl = (list['data'] as { certificate: string }).certificate;
    expect(await status('responder', post('auth/cert/crls/consumers', { crl }))).toBeLessThan(300);
    const told = await server.request(server.rootToken, get('auth/cert/crls/consumers'));
    expect(Object.keys((told.body['data'] as { serials: object }).serials)).toEqual([
      BigInt(`0x${serial_number.replaceAll(':', '')}`).toString(),
    ]);
  });
});

describe('an arrival', () => {
  it('is refused where another was written in between', async () => {
    expect(await status('agent', arrive('terraform-agent', 0))).toBe(200);
    expect(await status('agent', arrive('terraform-agent', 0))).toBe(400);
    expect(await status('agent', arrive('terraform-agent', 1))).toBe(200);
  });

  it('is refused without check-and-set', async () => {
    const blind = post('arrivals/data/terraform-agent', { data: { at: 'now' } });
    expect(await status('agent', blind)).toBe(400);
  });
});
