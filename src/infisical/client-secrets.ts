import { inside, number, object, objects, text, type Shape } from '../contract/shape.ts';
import { UserError } from '../user-error.ts';
import { callInfisical, type InfisicalConnection } from './api.ts';

/** A client secret as it is listed: never the secret itself. */
export interface ClientSecret {
  readonly id: string;
  readonly description: string;
  /** The first letters of the secret, by which people tell them apart. */
  readonly prefix: string;
  readonly uses: number;
  readonly usesLimit: number;
  /** Life in seconds from `created`; 0: no end. */
  readonly ttl: number;
  /** RFC 3339. */
  readonly created: string;
}

const base = (identityId: string) => `v1/auth/universal-auth/identities/${identityId}`;

/** @throws UserError  no such identity: the stack infisical is not deployed */
export async function findIdentity(
  connection: InfisicalConnection,
  organizationId: string,
  name: string,
): Promise<string> {
  const path = `v1/identities?orgId=${encodeURIComponent(organizationId)}`;
  const answer = object(await callInfisical(connection, { method: 'GET', path }), 'v1/identities');
  const found = objects(answer, 'identities')
    .map((member) => inside(member, 'identity'))
    .map((identity) => ({ id: text(identity, 'id'), name: text(identity, 'name') }))
    .filter((identity) => identity.name === name);
  const [only] = found;
  if (only === undefined) {
    throw new UserError(`Infisical has no identity ${name}; deploy it: backbone deploy infisical`);
  }
  if (found.length > 1) {
    throw new UserError(
      `Infisical has ${String(found.length)} identities named ${name}; rename the others`,
    );
  }
  return only.id;
}

/** @throws UserError  no such project: the stack infisical is not deployed */
export async function findProject(connection: InfisicalConnection, slug: string): Promise<string> {
  const path = `v2/workspace/${encodeURIComponent(slug)}`;
  const answer = await callInfisical(connection, { method: 'GET', path });
  if (answer === undefined) {
    throw new UserError(`Infisical has no project ${slug}; deploy it: backbone deploy infisical`);
  }
  return text(object(answer, path), 'id');
}

/** Client id of an identity: not secret, and needed for a login. */
export async function readClientId(
  connection: InfisicalConnection,
  identityId: string,
): Promise<string> {
  const path = base(identityId);
  const answer = object(await callInfisical(connection, { method: 'GET', path }), path);
  return text(inside(answer, 'identityUniversalAuth'), 'clientId');
}

/** A client secret that nobody has seen yet, and its id. */
export async function mintClientSecret(
  connection: InfisicalConnection,
  identityId: string,
  limits: { readonly description: string; readonly ttl: number; readonly numUses: number },
): Promise<{ readonly id: string; readonly clientSecret: string }> {
  const path = `${base(identityId)}/client-secrets`;
  const { description, ttl, numUses } = limits;
  const answer = object(
    await callInfisical(connection, {
      method: 'POST',
      path,
      body: { description, ttl, numUsesLimit: numUses },
    }),
    path,
  );
  return {
    id: text(inside(answer, 'clientSecretData'), 'id'),
    clientSecret: text(answer, 'clientSecret'),
  };
}

export async function listClientSecrets(
  connection: InfisicalConnection,
  identityId: string,
): Promise<readonly ClientSecret[]> {
  const path = `${base(identityId)}/client-secrets`;
  const answer = object(await callInfisical(connection, { method: 'GET', path }), path);
  return objects(answer, 'clientSecretData').map((one) => ({
    id: text(one, 'id'),
    description: optional(one, 'description'),
    prefix: text(one, 'clientSecretPrefix'),
    uses: number(one, 'clientSecretNumUses'),
    usesLimit: number(one, 'clientSecretNumUsesLimit'),
    ttl: number(one, 'clientSecretTTL'),
    created: text(one, 'createdAt'),
  }));
}

function optional({ value }: Shape, key: string): string {
  const found = value[key];
  return typeof found === 'string' ? found : '';
}

/** @returns false where there is none of that id */
export async function revokeClientSecret(
  connection: InfisicalConnection,
  identityId: string,
  id: string,
): Promise<boolean> {
  const path = `${base(identityId)}/client-secrets/${encodeURIComponent(id)}/revoke`;
  return (await callInfisical(connection, { method: 'POST', path, body: {} })) !== undefined;
}
