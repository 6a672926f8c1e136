import { readFile } from 'node:fs/promises';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Fault, FaultyCall } from '../../lab/infisical/double.ts';
import { logIn, logOut } from '../../src/infisical/login.ts';
import { writeSecret } from '../../src/infisical/secrets.ts';
import { aiModelKeys } from '../../src/migration/app-secrets.ts';
import { githubActionsSecrets } from '../../src/migration/github-actions.ts';
import type { Check, Place } from '../../src/migration/row.ts';
import { resolveBackbone } from '../../src/model/backbone.ts';
import type { Infisical } from '../../src/model/infisical.ts';
import { declare, input } from '../fixtures/declaration.ts';
import { infisicalInput } from '../fixtures/infisical.ts';
import { tenant } from '../infisical/tenant.ts';
import { connectionId } from '../lab/infisical/running-double.ts';
import { TestServer } from '../lab/vault-provider/server.ts';

/** Loopback, and not where connections come from by themselves. */
const own = '127.0.9.9/32';
const value = 'canary-model-key-51c7';

let fault: ((call: FaultyCall) => Fault | undefined) | undefined;
let github: string | undefined;
const at = tenant({ fault: (call) => fault?.(call), github: () => github }, own);

let bao: TestServer;
let ca: string;
let infisical: Infisical;
let syncId: string;
let githubIdentityId: string;
let kept: { readonly id: string; readonly clientSecret: string };

const base = resolveBackbone(declare({ ...input, infisical: infisicalInput }));
const login = 'kv/data/infisical/terraform-agent';

beforeAll(async () => {
  const { call, admin, server, projectId } = at();
  bao = await TestServer.start();
  ca = await readFile(bao.caFile, 'utf8');
  await bao.call('POST', 'sys/mounts/kv', { type: 'kv', options: { version: '2' } });
  await writeSecret(admin, folder('/ai'), { name: 'AI_KEY', value, exists: false });
  const { identity } = await call('POST', 'v1/identities', {
    name: 'github-web',
    organizationId: infisicalInput.organizationId,
    role: 'no-access',
  });
  githubIdentityId = (identity as { readonly id: string }).id;
  await call('POST', `v1/auth/oidc-auth/identities/${githubIdentityId}`, {
    oidcDiscoveryUrl: 'https://token.actions.githubusercontent.com',
    boundIssuer: 'https://token.actions.githubusercontent.com',
    boundSubject: 'repo:example-org/web:ref:refs/heads/main',
    boundAudiences: 'https://github.com/example-org',
  });
  const { secretSync } = await call('POST', 'v1/secret-syncs/github', {
    name: 'web',
    projectId,
    connectionId,
    environment: 'prod',
    secretPath: '/ai',
    syncOptions: { initialSyncBehavior: 'overwrite-destination', disableSecretDeletion: true },
    destinationConfig: {
      scope: 'repository-environment',
      owner: 'example-org',
      repo: 'web',
      env: 'production',
    },
  });
  syncId = (secretSync as { readonly id: string }).id;
  const declared = base.infisical;
  const [identityOf] = declared?.identities ?? [];
  if (declared === undefined || identityOf === undefined) throw new Error('not declared');
  infisical = {
    ...declared,
    siteUrl: server.url,
    project: { ...declared.project, slug: 'test' },
    identities: [
      {
        ...identityOf,
        name: 'agent',
        grants: identityOf.grants.filter(({ path }) => path === '/ai'),
        trustedIps: [own],
      },
      // Not deployed here: it is somebody whose folder the other may not read.
      {
        ...identityOf,
        grants: identityOf.grants
          .slice(0, 1)
          .map((grant) => ({ ...grant, path: '/apps' as typeof grant.path })),
      },
    ],
  };
});
afterAll(() => bao.stop());
beforeEach(async () => {
  fault = undefined;
  github = undefined;
  kept = await at().mint({ ttl: 3600, numUsesLimit: 10 });
  await keep(kept.clientSecret);
});

const folder = (path: string) => ({ projectId: at().projectId, environment: 'prod', path });

const keep = (clientSecret: string, projectId = at().projectId) =>
  bao.call('POST', login, {
    data: {
      universal_auth_client_id: at().clientId,
      universal_auth_client_secret: clientSecret,
      project_id: projectId,
    },
  });

function place(change: Partial<Place> = {}): Place {
  return {
    backbone: { ...base, infisical },
    connection: { address: bao.address, ca, token: bao.token },
    infisical: { connection: at().admin },
    githubCas: {},
    env: {},
    ...change,
  };
}

const outcomes = (checks: readonly Check[]) =>
  Object.fromEntries(checks.map(({ what, outcome }) => [what, outcome]));

const whole = {
  'OpenBao keeps a login of agent that Infisical lists as good': 'proved',
  'agent logs in with a client secret for one login': 'proved',
  'agent reads prod:/ai': 'proved',
  'it cannot read prod:/apps': 'proved',
  'the client secret of this run is revoked again': 'proved',
};

/** Of what the runs made: nothing is good any more. */
const left = () => {
  const { clientSecrets, accessTokens, identities } = at().server.double.state();
  const secrets = Object.values(clientSecrets).filter(
    ({ description, isRevoked }) => description === 'tried by backbone migrate' && !isRevoked,
  );
  const tokens = Object.values(accessTokens).filter(
    ({ identityId }) => identities[identityId]?.role !== 'admin',
  );
  return { secrets: secrets.length, tokens: tokens.length };
};

describe('the check of AI model keys', () => {
  const prove = (change?: Partial<Place>) => aiModelKeys.prove(place(change));

  it('proves the way of the consumer from its address, and leaves nothing', async () => {
    const checks = await prove();
    expect(outcomes(checks)).toEqual(whole);
    expect(JSON.stringify(checks)).toContain('10 logins are left');
    for (const secret of [value, kept.clientSecret]) {
      expect(JSON.stringify(checks)).not.toContain(secret);
    }
    expect(left()).toEqual({ secrets: 0, tokens: 0 });
  });

  const kind = 'OpenBao keeps a login of agent that Infisical lists as good';
  const keptLogin = async () => (await prove()).find(({ what }) => what === kind);

  it('fails where OpenBao keeps no login', async () => {
    await bao.call('DELETE', 'kv/metadata/infisical/terraform-agent');
    const found = expect.stringContaining('backbone infisical issue agent') as string;
    expect(await keptLogin()).toMatchObject({ outcome: 'failed', found });
  });

  it('fails where the kept client secret is revoked, used up or of another project', async () => {
    const { call, identityId } = at();
    await keep(kept.clientSecret, 'another');
    expect(await keptLogin()).toMatchObject({ outcome: 'failed' });

    await keep(kept.clientSecret);
    const secrets = `v1/auth/universal-auth/identities/${identityId}/client-secrets`;
    await call('POST', `${secrets}/${kept.id}/revoke`, {});
    expect((await keptLogin())?.found).toContain('was revoked');

    const used = await at().mint({ numUsesLimit: 1 });
    const there = { ...at().place, localAddress: own.replace('/32', '') };
    const { token } = await logIn(there, { clientId: at().clientId, ...used });
    await logOut({ ...there, token });
    await keep(used.clientSecret);
    expect((await keptLogin())?.found).toContain('has ended or is used up');
  });

  it('is not tried where this machine has no address of the consumer', async () => {
    const [identity, other] = infisical.identities;
    if (identity === undefined || other === undefined) throw new Error('not declared');
    const elsewhere = [{ ...identity, trustedIps: ['192.0.2.9/32'] }, other];
    const checks = await prove({
      backbone: { ...base, infisical: { ...infisical, identities: elsewhere } },
    });
    expect(checks.find(({ what }) => what.includes('logs in'))).toMatchObject({
      outcome: 'not tried',
      found: expect.stringContaining('from 192.0.2.9/32 alone') as string,
    });
    expect(left()).toEqual({ secrets: 0, tokens: 0 });
  });

  it('fails where the neighbour’s folder can be read', async () => {
    const { call, projectId, identityId } = at();
    await call('POST', 'v2/identity-project-additional-privilege', {
      projectId,
      identityId,
      slug: 'too-wide',
      permissions: [
        { subject: 'secrets', action: ['describeSecret', 'readValue'], inverted: false },
      ],
      type: { isTemporary: false },
    });
    const checks = await prove();
    await call('DELETE', 'v1/additional-privilege/identity', {
      projectSlug: 'test',
      identityId,
      privilegeSlug: 'too-wide',
    });
    expect(outcomes(checks)).toEqual({ ...whole, 'it cannot read prod:/apps': 'failed' });
    expect(JSON.stringify(checks)).toContain('it was ALLOWED');
  });

  it('fails where nothing lies in the folder', async () => {
    await at().call('DELETE', 'v4/secrets/AI_KEY', {
      ...folder('/ai'),
      secretPath: '/ai',
      type: 'shared',
    });
    const checks = await prove();
    await writeSecret(at().admin, folder('/ai'), { name: 'AI_KEY', value, exists: false });
    expect(outcomes(checks)).toEqual({ ...whole, 'agent reads prod:/ai': 'failed' });
    expect(JSON.stringify(checks)).toContain('backbone import it');
  });

  it('revokes what it made, whatever fails between', async () => {
    fault = ({ path }) => (path === 'v4/secrets' ? { kind: 'drop' } : undefined);
    expect(outcomes(await prove())).toMatchObject({
      'agent reads prod:/ai': 'failed',
      'it cannot read prod:/apps': 'failed',
      'the client secret of this run is revoked again': 'proved',
    });
    expect(left()).toEqual({ secrets: 0, tokens: 0 });
  });

  it('says when it could not revoke', async () => {
    fault = ({ path }) =>
      /client-secrets\/.*\/revoke$/.test(path) ? { kind: 'refuse', status: 500 } : undefined;
    expect(outcomes(await prove())).toEqual({
      ...whole,
      'the client secret of this run is revoked again': 'failed',
    });
  });

  it('is not tried where nobody administers Infisical', async () => {
    const checks = await prove({ infisical: { refused: 'nobody to ask Infisical as' } });
    expect(checks).toEqual([
      {
        what: 'Infisical has the project test',
        outcome: 'not tried',
        found: 'nobody to ask Infisical as',
      },
    ]);
  });
});

describe('the check of GitHub Actions secrets', () => {
  const prove = () => githubActionsSecrets.prove(place());
  const copy = 'the sync web copies prod:/ci to example-org/web/production';
  const bound = 'github-web is bound to repo:example-org/web:ref:refs/heads/main';
  const forged = 'github-web lets in nobody whom GitHub did not sign for';
  const all = { [copy]: 'proved', [bound]: 'proved', [forged]: 'proved' };

  it('lets each sync copy in this run', async () => {
    const before = at().server.double.state().syncs[syncId]?.lastSyncedAt;
    expect(outcomes(await prove())).toEqual(all);
    const { syncs, github: there } = at().server.double.state();
    expect(syncs[syncId]?.lastSyncedAt).not.toBe(before);
    expect(there['example-org/web/production']).toEqual({ AI_KEY: value });
  });

  it('fails where GitHub does not take it, with what GitHub said', async () => {
    github = 'Resource not accessible by integration';
    const checks = await prove();
    expect(outcomes(checks)).toEqual({ ...all, [copy]: 'failed' });
    expect(checks[0]?.found).toBe('Resource not accessible by integration');
  });

  it('fails where a workflow of another branch would get in', async () => {
    const auth = `v1/auth/oidc-auth/identities/${githubIdentityId}`;
    const subject = 'repo:example-org/web:ref:refs/heads/main';
    await at().call('PATCH', auth, { boundSubject: 'repo:example-org/web:*' });
    const checks = outcomes(await prove());
    await at().call('PATCH', auth, { boundSubject: subject });
    expect(checks).toEqual({ ...all, [bound]: 'failed' });
  });

  it('does not take any refusal of a login for that of a forged token', async () => {
    fault = ({ path }) =>
      path === 'v1/auth/oidc-auth/login' ? { kind: 'refuse', status: 401 } : undefined;
    expect(outcomes(await prove())).toEqual({ ...all, [forged]: 'failed' });
  });
});
