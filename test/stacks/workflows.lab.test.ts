import { createHmac } from 'node:crypto';
import { readFile, rm } from 'node:fs/promises';
import type { JWTPayload } from 'jose';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { becomeWorkflow } from '../../src/client/identity/workflow.ts';
import { call, OpenBaoError, type Connection } from '../../src/client/openbao.ts';
import { drift } from '../../src/drift/drift.ts';
import { resolveBackbone } from '../../src/model/backbone.ts';
import { workflowLogin } from '../../src/model/workflows.ts';
import type { Json, Synthesized } from '../../src/synthesized/resource.ts';
import { OpenBaoStack } from '../../stacks/openbao.ts';
import { Template } from '../constructs/template.ts';
import { declare, input } from '../fixtures/declaration.ts';
import { applied } from '../lab/vault-provider/applied.ts';
import { standInMirror } from '../lab/vault-provider/mirrors.ts';
import { TestServer } from '../lab/vault-provider/server.ts';
import type { Workspace } from '../lab/vault-provider/workspace.ts';
import { actionsDouble, type ActionsDouble } from './actions-double.ts';

/*
 * The stack openbao, applied by real Terraform to a real OpenBao that asks a double of GitHub's issuer for its keys.
 */

const here = { from: ['127.0.0.1/32'] };
const audience = 'https://openbao.example.net:8200';
let server: TestServer;
let mirror: string;
let actions: ActionsDouble;
let workspace: Workspace;
let connection: Connection;
let synthesized: Synthesized;

beforeAll(async () => {
  [server, mirror, actions] = await Promise.all([
    TestServer.start({ aws: true }),
    standInMirror(),
    actionsDouble(),
  ]);
  const { openbao } = input;
  const backbone = resolveBackbone(
    declare({
      openbao: {
        ...openbao,
        protection: false,
        address: audience,
        identities: { ...openbao.identities, plan: here, auditor: here },
        workflows: {
          ...{ issuer: actions.issuer, repository: 'acme/homelab', repositoryId: '456' },
          ...{ ownerId: '123', plan: { environment: 'plan' }, auditor: { branch: 'main' } },
        },
      },
    }),
  );
  const synth = Template.ofStack((app) => new OpenBaoStack(app, backbone)).text;
  const { resource } = JSON.parse(synth) as {
    resource: { vault_jwt_auth_backend: { workflows: Record<string, Json> } };
  };
  // The issuer of this test has a CA of its own; GitHub's is one that the system knows.
  resource.vault_jwt_auth_backend.workflows['oidc_discovery_ca_pem'] = actions.ca;
  ({ workspace, synthesized } = await applied(server, mirror, resource));
  await workspace.planClean();
  connection = {
    address: server.address,
    ca: await readFile(server.caFile, 'utf8'),
    token: undefined,
  };
});
afterAll(async () => {
  actions.close();
  await workspace.remove();
  await server.stop();
  await rm(mirror, { recursive: true, force: true });
});

const run = (given: JWTPayload = {}): JWTPayload => ({
  aud: audience,
  sub: 'repo:acme@123/homelab@456:environment:plan',
  repository: 'acme/homelab',
  repository_id: '456',
  repository_owner_id: '123',
  environment: 'plan',
  event_name: 'pull_request',
  ...given,
});

const login = (jwt: string, role = 'terraform-plan', localAddress?: string) =>
  call(
    { ...connection, ...(localAddress === undefined ? {} : { localAddress }) },
    { method: 'POST', path: workflowLogin, body: { role, jwt } },
  );

const auth = async (claims: JWTPayload, role?: string) =>
  (await login(await actions.sign(claims), role))?.auth as {
    client_token: string;
    entity_id: string;
    lease_duration: number;
    token_policies: string[];
  };

describe('a run of the declared repository and environment', () => {
  it('is terraform-plan for a quarter of an hour, the same identity as by AppRole', async () => {
    const given = await auth(run());
    expect(given.token_policies).toEqual(['terraform-plan']);
    expect(given.lease_duration).toBe(900);
    const entity = await server.data('identity/entity/name/terraform-plan');
    expect(given.entity_id).toBe(entity?.['id']);
    const as = { ...connection, token: given.client_token };
    const get = (path: string) => call(as, { method: 'GET', path });
    expect(await get('sys/policies/acl/operator')).toBeDefined();
    await expect(get('kv/data/unifi/exporter')).rejects.toThrow('permission denied');
    await expect(
      call(as, { method: 'POST', path: 'sys/policies/acl/operator', body: { policy: '' } }),
    ).rejects.toThrow('permission denied');
    await expect(call(as, { method: 'POST', path: 'auth/token/create', body: {} })).rejects.toThrow(
      'permission denied',
    );
  });

  it('gets its token through its runner, for this audience', async () => {
    actions.claims = run();
    const to = { path: workflowLogin, role: 'terraform-plan', audience };
    const token = await becomeWorkflow(connection, to, actions.runner, actions.ca);
    const self = await call(
      { ...connection, token },
      { method: 'GET', path: 'auth/token/lookup-self' },
    );
    expect(self?.data).toMatchObject({ policies: ['terraform-plan'] });
    const other = becomeWorkflow(connection, { ...to, audience: 'x' }, actions.runner, actions.ca);
    await expect(other).rejects.toThrow(/audience/);
    const stranger = { ...actions.runner, token: 'CANARY-0001' };
    const refused: unknown = await becomeWorkflow(connection, to, stranger, actions.ca).catch(
      (error: unknown) => error,
    );
    expect(String(refused)).toContain('it answered 401');
    expect(String(refused)).not.toContain('CANARY');
  });

  it('of the branch main is the auditor, and of the environment is not', async () => {
    const main = run({
      ...{ sub: 'repo:acme@123/homelab@456:ref:refs/heads/main', ref: 'refs/heads/main' },
      environment: undefined,
    });
    expect((await auth(main, 'auditor')).token_policies).toEqual(['auditor']);
    await expect(auth(run(), 'auditor')).rejects.toThrow();
    await expect(auth(main)).rejects.toThrow();
  });
});

describe('nobody else logs in:', () => {
  it.each<[string, JWTPayload]>([
    [
      'another repository of the owner',
      {
        sub: 'repo:acme@123/other@789:environment:plan',
        repository: 'acme/other',
        repository_id: '789',
      },
    ],
    [
      'whoever has taken the name of the repository since',
      {
        ...{ sub: 'repo:acme@999/homelab@888:environment:plan', repository_id: '888' },
        repository_owner_id: '999',
      },
    ],
    ['a subject without ids', { sub: 'repo:acme/homelab:environment:plan' }],
    [
      'another environment',
      { sub: 'repo:acme@123/homelab@456:environment:production', environment: 'production' },
    ],
    [
      'a name that begins like it',
      { sub: 'repo:acme@123/homelab@456:environment:plan2', environment: 'plan2' },
    ],
    [
      'a pull request without the environment',
      { sub: 'repo:acme@123/homelab@456:pull_request', environment: undefined },
    ],
    ['the right subject with another id', { repository_id: '457' }],
    ['the right subject with another owner', { repository_owner_id: '124' }],
    ['the right subject without an id', { repository_id: undefined }],
    ['another audience', { aud: 'https://github.com/acme' }],
    ['no audience', { aud: undefined }],
    ['another issuer', { iss: 'https://token.actions.githubusercontent.com' }],
    ['an expired one', { iat: 1_700_000_000, nbf: 1_700_000_000, exp: 1_700_000_300 }],
    [
      'one of an hour ago',
      ((now) => ({ iat: now - 3600, nbf: now - 3600, exp: now - 3300 }))(
        Math.floor(Date.now() / 1000),
      ),
    ],
    [
      'one that is not valid yet',
      ((now) => ({ iat: now + 3600, nbf: now + 3600, exp: now + 3900 }))(
        Math.floor(Date.now() / 1000),
      ),
    ],
  ])('%s', async (_, claims) => {
    await expect(auth(run(claims))).rejects.toBeInstanceOf(OpenBaoError);
  });

  it('a token that another key has signed', async () => {
    await expect(login(await actions.sign(run(), 'another key'))).rejects.toThrow(/signature/);
  });

  it('a token without a signature, or signed by what everybody knows', async () => {
    const [, payload = ''] = (await actions.sign(run())).split('.');
    const header = (alg: string) =>
      Buffer.from(JSON.stringify({ alg, kid: 'one' })).toString('base64url');
    await expect(login(`${header('none')}.${payload}.`)).rejects.toThrow();
    const signed = `${header('HS256')}.${payload}`;
    const mac = createHmac('sha256', actions.ca).update(signed).digest('base64url');
    await expect(login(`${signed}.${mac}`)).rejects.toThrow();
  });

  it('the right run from another address', async () => {
    const jwt = await actions.sign(run());
    await expect(login(jwt, 'terraform-plan', '127.0.0.9')).rejects.toThrow();
  });

  it.each(['terraform-apply', 'secret-id-issuer', ''])('as "%s"', async (role) => {
    await expect(login(await actions.sign(run()), role)).rejects.toThrow();
  });
});

describe('drift', () => {
  const found = async () =>
    (await drift({ ...connection, token: server.token }, synthesized, () => undefined))
      .map(({ kind, what, found: text }) => `${kind} ${what}: ${text}`)
      .filter((line) => /workflows|runs|terraform-plan|auditor/.test(line));

  it('finds nothing of it as it was deployed, and tokens of runs are declared ones', async () => {
    await auth(run());
    expect(await found()).toEqual([]);
  });

  it('finds keys of somebody else, another repository, another role', async () => {
    const config = await server.data('auth/workflows/config');
    const role = await server.data('auth/workflows/role/terraform-plan');
    await server.call('POST', 'auth/workflows/config', {
      ...config,
      bound_issuer: 'https://x.example',
    });
    await server.call('POST', 'auth/workflows/role/terraform-plan', {
      ...role,
      bound_claims: { repository_id: '457', repository_owner_id: '123', environment: 'plan' },
    });
    await server.call('POST', 'auth/workflows/role/other', {
      ...role,
      token_policies: ['operator'],
    });
    const lines = (await found()).join('\n');
    expect(lines).toContain('auth method workflows/: bound_issuer is https://x.example');
    expect(lines).toMatch(/role of runs terraform-plan: bound_claims is .*457/);
    expect(lines).toContain('extra role of runs other');
  });
});
