import { afterAll, beforeAll } from 'vitest';
import { logIn } from '../../src/infisical/login.ts';
import type { InfisicalConnection } from '../../src/infisical/api.ts';
import type { InfisicalDoubleOptions } from '../../lab/infisical/double.ts';
import { administer, type Administer } from '../lab/infisical/administer.ts';
import { organizationId, runDouble, type RunningDouble } from '../lab/infisical/running-double.ts';

/** A project with a folder /ai, its neighbour /apps, and an identity that may read /ai alone. */
export interface Tenant {
  readonly server: RunningDouble;
  readonly call: Administer;
  readonly admin: InfisicalConnection;
  /** Without a token. */
  readonly place: Omit<InfisicalConnection, 'token'>;
  readonly projectId: string;
  readonly identityId: string;
  readonly clientId: string;
  /** A new client secret of the identity. */
  readonly mint: (limits?: {
    readonly ttl?: number;
    readonly numUsesLimit?: number;
  }) => Promise<{ readonly id: string; readonly clientSecret: string }>;
}

export const tokenLimits = { ttl: 900, maxTtl: 3600, numUses: 5 } as const;

/** Registers the set-up and the clean-up; what it returns is there while a test runs. */
export function tenant(
  options: Partial<Pick<InfisicalDoubleOptions, 'plan' | 'fault' | 'github'>> = {},
  /** Only source of the identity. */
  from = '127.0.0.1/32',
): () => Tenant {
  let made: Tenant | undefined;
  beforeAll(async () => {
    made = await makeTenant(await runDouble(options), from);
  });
  afterAll(async () => {
    await made?.server.stop();
  });
  return () => {
    if (made === undefined) throw new Error('this exists only while a test runs');
    return made;
  };
}

async function makeTenant(server: RunningDouble, from: string): Promise<Tenant> {
  const call = await administer(server);
  const place = { siteUrl: server.url, ca: server.ca };
  const { token } = await logIn(place, server.administrator);
  const idOf = async (answer: ReturnType<Administer>, key: string) =>
    ((await answer)[key] as { readonly id: string }).id;
  const projectId = await idOf(
    call('POST', 'v2/workspace', {
      projectName: 'Test',
      slug: 'test',
      shouldCreateDefaultEnvs: false,
    }),
    'project',
  );
  await call('POST', `v1/workspace/${projectId}/environments`, { name: 'prod', slug: 'prod' });
  for (const name of ['ai', 'apps']) {
    await call('POST', 'v1/folders', {
      workspaceId: projectId,
      environment: 'prod',
      path: '/',
      name,
    });
  }
  const identityId = await idOf(
    call('POST', 'v1/identities', { name: 'agent', organizationId, role: 'no-access' }),
    'identity',
  );
  const { identityUniversalAuth } = await call(
    'POST',
    `v1/auth/universal-auth/identities/${identityId}`,
    {
      accessTokenTTL: tokenLimits.ttl,
      accessTokenMaxTTL: tokenLimits.maxTtl,
      accessTokenNumUsesLimit: tokenLimits.numUses,
      clientSecretTrustedIps: [{ ipAddress: from }],
      accessTokenTrustedIps: [{ ipAddress: from }],
    },
  );
  await call('POST', `v2/workspace/${projectId}/identity-memberships/${identityId}`, {
    roles: [{ role: 'no-access' }],
  });
  await call('POST', 'v2/identity-project-additional-privilege', {
    projectId,
    identityId,
    slug: 'read',
    permissions: [
      {
        subject: 'secrets',
        action: ['describeSecret', 'readValue'],
        conditions: { environment: { $eq: 'prod' }, secretPath: { $eq: '/ai' } },
      },
    ],
    type: { isTemporary: false },
  });
  return {
    server,
    call,
    admin: { ...place, token },
    place,
    projectId,
    identityId,
    clientId: (identityUniversalAuth as { readonly clientId: string }).clientId,
    mint: async (limits = {}) => {
      const { clientSecret, clientSecretData } = await call(
        'POST',
        `v1/auth/universal-auth/identities/${identityId}/client-secrets`,
        limits,
      );
      const { id } = clientSecretData as { readonly id: string };
      return { id, clientSecret: String(clientSecret) };
    },
  };
}
