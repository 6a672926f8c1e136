import { readFile, rm } from 'node:fs/promises';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Cidr, Seconds } from '../../src/config/brands.ts';
import type { Connection } from '../../src/client/openbao.ts';
import { IdentityToken } from '../../src/constructs/openbao/identity-token.ts';
import { SshAuthority } from '../../src/constructs/openbao/ssh-authority.ts';
import { drift } from '../../src/drift/drift.ts';
import { resolveBackbone } from '../../src/model/backbone.ts';
import type { JsonObject, Synthesized } from '../../src/synthesized/resource.ts';
import { OpenBaoStack } from '../../stacks/openbao.ts';
import { Template } from '../constructs/template.ts';
import { declare, input } from '../fixtures/declaration.ts';
import { applied } from '../lab/vault-provider/applied.ts';
import { standInMirror } from '../lab/vault-provider/mirrors.ts';
import { TestServer } from '../lab/vault-provider/server.ts';
import type { Workspace } from '../lab/vault-provider/workspace.ts';

/* What was made by hand, on a real OpenBao to which real Terraform has applied the stack; looked at as the auditor. */

let server: TestServer;
let mirror: string;
let workspace: Workspace;
let auditor: Connection;
let synthesized: Synthesized;

beforeAll(async () => {
  [server, mirror] = await Promise.all([TestServer.start({ aws: true }), standInMirror()]);
  const { openbao } = input;
  const identities = { ...openbao.identities, auditor: { from: ['127.0.0.1/32'] } };
  const backbone = resolveBackbone(
    declare({ openbao: { ...openbao, protection: false, identities } }),
  );
  const resources = (template: Template) =>
    (JSON.parse(template.text) as { resource: Record<string, JsonObject> }).resource;
  const engines = Template.of((stack) => {
    const ssh = new SshAuthority(stack, 'ssh', { path: 'ssh', protection: false });
    ssh.addUserRole({
      ...{ roleName: 'deploy_agent', consumer: 'agent', principals: ['deploy'] },
      ...{ from: ['192.0.2.10/32' as Cidr], extensions: ['permit-pty'], ttl: 300 as Seconds },
    });
    new IdentityToken(stack, 'token', {
      ...{ name: 'github-broker', audience: 'github-broker', ttl: 300 },
    });
  });
  const [main, more] = [
    resources(Template.ofStack((app) => new OpenBaoStack(app, backbone))),
    resources(engines),
  ];
  const resource: Record<string, JsonObject> = { ...main };
  for (const [type, named] of Object.entries(more)) {
    resource[type] = { ...resource[type], ...named };
  }
  ({ workspace, synthesized } = await applied(server, mirror, resource));
  const made = await server.call('POST', 'auth/token/create', {
    ...{ policies: ['auditor'], no_default_policy: true, no_parent: true },
  });
  const { auth } = made.body as { auth?: { client_token: string } };
  auditor = {
    address: server.address,
    ca: await readFile(server.caFile, 'utf8'),
    token: auth?.client_token,
  };
});
afterAll(async () => {
  await workspace.remove();
  await server.stop();
  await rm(mirror, { recursive: true, force: true });
});

/** Without what this server of a test is: no audit device, tokens by root. */
const found = async () =>
  (await drift(auditor, synthesized, () => undefined))
    .map(({ kind, what, found: text }) => `${kind} ${what}: ${text}`)
    .filter((line) => !/audit device|token with the accessor|engine secret\//.test(line))
    .sort();

it('nothing, as it was deployed', async () => {
  expect(await found()).toEqual([]);
});

it.each<[string, () => Promise<unknown>, () => Promise<unknown>, RegExp]>([
  [
    'KV without check-and-set',
    () => server.call('POST', 'kv/config', { cas_required: false }),
    () => server.call('POST', 'kv/config', { cas_required: true }),
    /^differs engine kv\/: cas_required is nothing, not true$/,
  ],
  [
    'arrivals that forget',
    () => server.call('POST', 'arrivals/config', { delete_version_after: '60s' }),
    () => server.call('POST', 'arrivals/config', { delete_version_after: '0s' }),
    /^differs engine arrivals\/: delete_version_after is 1m0s, not nothing$/,
  ],
  [
    'SSH certificates for another kind of key',
    () =>
      server.call('POST', 'ssh/roles/deploy_agent', {
        ...ssh(),
        allowed_user_key_lengths: { ed25519: [0], rsa: [1024] },
      }),
    () => server.call('POST', 'ssh/roles/deploy_agent', ssh()),
    /^differs SSH role deploy_agent: allowed_user_key_lengths is .*rsa/,
  ],
  [
    'a key of identity tokens for everybody',
    () => server.call('POST', 'identity/oidc/key/github-broker', { allowed_client_ids: '*' }),
    () =>
      server.call('POST', 'identity/oidc/key/github-broker', {
        allowed_client_ids: 'github-broker',
      }),
    /^differs key of identity tokens github-broker: allowed_client_ids is \*/,
  ],
  [
    'another key of identity tokens',
    () => server.call('POST', 'identity/oidc/key/by-hand', { allowed_client_ids: '*' }),
    () => server.call('DELETE', 'identity/oidc/key/by-hand'),
    /^extra key of identity tokens by-hand/,
  ],
  [
    'a form of identity tokens that says another name',
    () =>
      server.call('POST', 'identity/oidc/role/github-broker', {
        ...{ key: 'github-broker', client_id: 'github-broker', ttl: 300 },
        template: '{"name": "unpoller"}',
      }),
    () =>
      server.call('POST', 'identity/oidc/role/github-broker', {
        ...{ key: 'github-broker', client_id: 'github-broker', ttl: 300 },
        template: '{"name": {{identity.entity.name}}}',
      }),
    /^differs form of identity tokens github-broker: template is/,
  ],
])('%s', async (_, change, back, expected) => {
  expect(await change()).toMatchObject({
    body: expect.not.objectContaining({ errors: [] }) as object,
  });
  const lines = await found();
  expect(
    lines.filter((line) => expected.test(line)),
    lines.join('\n'),
  ).toHaveLength(1);
  await back();
  expect(await found()).toEqual([]);
});

it('a CA that was made by hand, and that signs in the place of the declared one', async () => {
  const made = await server.call('POST', 'pki/root/generate/internal', {
    ...{ common_name: 'by hand', ttl: '24h' },
  });
  const id = String(made.body.data?.['issuer_id']);
  expect(await found()).toEqual([`extra CA by hand of pki/: issuer ${id}`]);
  const { default: declared } = (await server.data('pki/config/issuers')) ?? {};
  await server.call('POST', 'pki/config/issuers', { default: id });
  expect(await found()).toContain('differs engine pki/: signs by by hand');
  await server.call('POST', 'pki/config/issuers', { default: declared });
  await server.call('DELETE', `pki/issuer/${id}`);
  await server.call('POST', `pki/issuer/${String(declared)}`, {
    leaf_not_after_behavior: 'permit',
  });
  expect((await found()).join()).toContain('leaf_not_after_behavior is permit');
});

/** As it was deployed. */
function ssh(): JsonObject {
  const role = synthesized.stacks[0]?.resources.find(
    ({ type }) => type === 'vault_ssh_secret_backend_role',
  );
  const { backend, name, allowed_user_key_config: kinds, depends_on, ...rest } = role?.body ?? {};
  expect([backend, name, kinds, depends_on].every((one) => one !== undefined)).toBe(true);
  return { ...rest, allowed_user_key_lengths: { ed25519: [0] } };
}
