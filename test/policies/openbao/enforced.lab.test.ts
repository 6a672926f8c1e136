import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { renderAcl, type AclRule } from '../../../policies/openbao/acl.ts';
import { consumerAcl } from '../../../policies/openbao/consumer.ts';
import { issuerAcl } from '../../../policies/openbao/issuer.ts';
import { operatorAcl } from '../../../policies/openbao/operator.ts';
import { terraformApplyAcl, terraformPlanAcl } from '../../../policies/openbao/terraform.ts';
import { resolveBackbone } from '../../../src/model/backbone.ts';
import { declare } from '../../fixtures/declaration.ts';
import { devServer, type Request, type Server } from './server.ts';

const backbone = resolveBackbone(declare());
const { wrapTtl } = backbone.declaration.openbao;
const grantsOf = (name: string) =>
  backbone.consumers.find((consumer) => consumer.name === name)?.grants ?? [];

const policies = {
  agent: consumerAcl(grantsOf('terraform-agent')),
  unpoller: consumerAcl(grantsOf('unpoller')),
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
  for (const { name } of backbone.consumers) await post(`auth/approle/role/${name}`);
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

type Case = readonly [Identity, string, Request];

describe('OpenBao allows', () => {
  it.each<Case>([
    ['unpoller', 'its own secret', get('kv/data/unifi/exporter')],
    ['unpoller', 'a look at its token', get('auth/token/lookup-self')],
    ['agent', 'a mint of a chosen life', post('aws/sts/tf-proxmox', { ttl: '20m' })],
    ['issuer', 'a wrapped SecretID', post(secretId, {}, '5m')],
    ['issuer', 'a SecretID wrapped for the least time', post(secretId, {}, '60s')],
    ['issuer', 'a role id', get('auth/approle/role/unpoller/role-id')],
    ['operator', 'a new value', post('kv/data/unifi/tofu', { data: { password: 'y' } })],
    ['operator', 'a look at metadata', get('kv/metadata/unifi/tofu')],
    ['apply', 'metadata', post('kv/metadata/unifi/tofu', { custom_metadata: { rung: '2' } })],
    ['apply', 'a consumer policy', post('sys/policies/acl/consumer-new', { policy })],
    ['apply', 'a tuning', post('sys/mounts/auth/approle/tune', { max_lease_ttl: '1h' })],
    ['plan', 'a look at a policy', get('sys/policies/acl/operator')],
    ['plan', 'a look at the tuning', get('sys/mounts/auth/approle/tune')],
    ['plan', 'a look at a role', get('auth/approle/role/unpoller')],
  ])('%s: %s', async (identity, _, request) => {
    expect(await status(identity, request)).toBeLessThan(300);
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
    ['operator', 'a password of an operator', post('auth/operator/users/bob/password', {})],
    ['operator', 'a policy', post('sys/policies/acl/operator', { policy: '' })],
    ['operator', 'a delete of a secret', { method: 'DELETE', path: 'kv/metadata/unifi/tofu' }],
    ['apply', 'a value', get('kv/data/unifi/tofu')],
    ['apply', 'a delete of metadata', { method: 'DELETE', path: 'kv/metadata/unifi/tofu' }],
    ['apply', 'fewer versions', post('kv/metadata/unifi/tofu', { max_versions: 1 })],
    ['apply', 'a session', post('aws/sts/tf-proxmox')],
    ['apply', 'a SecretID', post(secretId, {}, '5m')],
    ['apply', 'a policy of a name not its own', post('sys/policies/acl/other', { policy: '' })],
    ['plan', 'a value', get('kv/data/unifi/tofu')],
    ['plan', 'a write of metadata', post('kv/metadata/unifi/tofu', { custom_metadata: {} })],
    ['plan', 'a policy', post('sys/policies/acl/consumer-new', { policy: '' })],
    ['plan', 'a role', post('auth/approle/role/unpoller', {})],
    ['plan', 'a SecretID', post(secretId, {}, '5m')],
    ['plan', 'a mount', post('sys/mounts/aws/tune', {})],
  ])('%s: %s', async (identity, _, request) => {
    expect(await status(identity, request)).toBe(403);
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
