import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { addresses, deploy, type Deployed } from '../deployed.ts';
import type { Request } from '../deployed/server.ts';

/** What the issuer identity can do, with its real token and from its own address: issue, and nothing else. */

let deployed: Deployed;
let token: string;
beforeAll(async () => {
  deployed = await deploy({ wrapTtl: { min: '1m', max: '10m' } });
  token = await deployed.tokenOf('secret-id-issuer');
});
afterAll(() => deployed.stop());

const secretId = 'auth/approle/role/unpoller/secret-id';
const mint = (body: unknown, wrap: string | undefined, path = secretId): Request => ({
  method: 'POST',
  path,
  body,
  ...(wrap === undefined ? {} : { wrap }),
});
const get = (path: string): Request => ({ method: 'GET', path });
const post = (path: string, body: unknown = {}): Request => ({ method: 'POST', path, body });

const status = async (request: Request, from: string = addresses.issuer) =>
  (await deployed.ask({ token, from, ...request })).status;

describe('the issuer may', () => {
  it.each<readonly [string, Request]>([
    ['issue, wrapped', mint({}, '5m')],
    ['issue for the shortest time', mint(undefined, '60s')],
    ['issue for the longest time', mint({}, '10m')],
    ['read a role id', get('auth/approle/role/unpoller/role-id')],
  ])('%s', async (_, request) => {
    expect(await status(request)).toBe(200);
  });

  it('issue with exactly the uses, the life and the addresses of the role', async () => {
    const { body } = await deployed.ask({ token, from: addresses.issuer, ...mint({}, '5m') });
    const { wrapped_accessor } = body['wrap_info'] as { wrapped_accessor: string };
    const path = 'auth/approle/role/unpoller/secret-id-accessor/lookup';
    const { data } = await deployed.admin('POST', path, { secret_id_accessor: wrapped_accessor });
    expect(data).toMatchObject({ secret_id_num_uses: 1, secret_id_ttl: 600, metadata: {} });
    const role = await deployed.admin('GET', 'auth/approle/role/unpoller');
    expect(role['data']).toMatchObject({
      secret_id_bound_cidrs: [`${addresses.unpoller}/32`],
      token_bound_cidrs: [addresses.unpoller],
    });
  });
});

describe('the issuer is refused', () => {
  it.each<readonly [string, Request]>([
    ['unlimited uses', mint({ num_uses: 0 }, '5m')],
    ['two uses', mint({ num_uses: 2 }, '5m')],
    ['even the same uses, as a parameter', mint({ num_uses: 1 }, '5m')],
    ['a longer life', mint({ ttl: '24h' }, '5m')],
    ['an endless life', mint({ ttl: 0 }, '5m')],
    ['other addresses', mint({ cidr_list: ['0.0.0.0/0'] }, '5m')],
    ['other addresses in another form', mint({ cidr_list: '0.0.0.0/0' }, '5m')],
    ['no addresses', mint({ cidr_list: [] }, '5m')],
    ['other addresses of the token', mint({ token_bound_cidrs: ['0.0.0.0/0'] }, '5m')],
    ['metadata', mint({ metadata: '{"role_name":"grafana"}' }, '5m')],
    ['no wrapping', mint({}, undefined)],
    ['a wrapping too long', mint({}, '601s')],
    ['a wrapping too short', mint({}, '59s')],
    [
      'a SecretID of its own choice',
      mint({ secret_id: 'x' }, '5m', `auth/approle/role/unpoller/custom-secret-id`),
    ],
    ['its own role', mint({}, '5m', 'auth/approle/role/secret-id-issuer/secret-id')],
    ['the responder', mint({}, '5m', 'auth/approle/role/responder/secret-id')],
    ['terraform-apply', mint({}, '5m', 'auth/approle/role/terraform-apply/secret-id')],
    ['a role that is not declared', mint({}, '5m', 'auth/approle/role/nobody/secret-id')],
    ['a look at the role', get('auth/approle/role/unpoller')],
    ['a change of the role', post('auth/approle/role/unpoller', { secret_id_num_uses: 0 })],
    ['another role', post('auth/approle/role/mine', { token_policies: ['operator'] })],
    ['the secret of a consumer', get('kv/data/unifi/exporter')],
    ['the metadata of a secret', get('kv/metadata/unifi/exporter')],
    ['an AWS session', post('aws/sts/tf-proxmox')],
    ['a forged arrival', post('arrivals/data/unpoller', { data: {}, options: { cas: 0 } })],
    ['the tokens', { method: 'LIST', path: 'auth/token/accessors' }],
    ['another token', post('auth/token/create')],
    ['the end of a token', post('auth/token/revoke-accessor', { accessor: 'x' })],
    ['a policy', get('sys/policies/acl/secret-id-issuer')],
    ['a certificate', post('pki/sign/enrol-unpoller', { csr: 'x' })],
  ])('%s', async (_, request) => {
    expect(await status(request)).toBe(403);
  });

  it('at any address but its own', async () => {
    expect(await status(mint({}, '5m'), addresses.thief)).toBe(403);
    expect(await status(mint({}, '5m'), addresses.unpoller)).toBe(403);
  });
});
