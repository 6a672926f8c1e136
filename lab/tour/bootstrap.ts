import {
  issueSecretId,
  loginAppRole,
  readRoleId,
  unwrapSecretId,
  type AppRolePaths,
} from '../../src/client/approle.ts';
import { call, type Connection } from '../../src/client/openbao.ts';
import { approlePaths, mounts } from '../../src/model/names.ts';
import type { Consumer } from '../../src/model/consumer.ts';
import { addressOf, type Cast } from './cast.ts';
import type { Proofs } from './proof.ts';

export interface TourStart {
  /** As an operator. */
  readonly operator: Connection;
  /** Life of a wrapping, seconds. */
  readonly wrapTtl: number;
  readonly cast: Cast;
}

function paths(role: string): AppRolePaths {
  return { ...approlePaths(role), login: `auth/${mounts.approle}/login` };
}

/** The issuer of SecretIDs, who got its own from an operator in the same way. */
export async function becomeIssuer({ operator, wrapTtl }: TourStart): Promise<Connection> {
  const role = paths('secret-id-issuer');
  const { wrappingToken } = await issueSecretId(operator, role, wrapTtl);
  const { token } = await loginAppRole(operator, role, {
    roleId: await readRoleId(operator, role),
    secretId: await unwrapSecretId(operator, role, wrappingToken),
  });
  return { ...operator, token };
}

/** What a launcher does for a consumer, and what the consumer then does at its own address. */
export async function bootstrap(
  issuer: Connection,
  consumer: Consumer,
  wrapTtl: number,
): Promise<Connection> {
  const role = paths(consumer.name);
  const { wrappingToken } = await issueSecretId(issuer, role, wrapTtl);
  const there = { ...issuer, token: undefined, localAddress: addressOf(consumer) };
  const { token } = await loginAppRole(there, role, {
    roleId: await readRoleId(issuer, role),
    secretId: await unwrapSecretId(there, role, wrappingToken),
  });
  return { ...there, token };
}

/** Wrapped, single-use, bound to an address; and an interception shows itself. */
export async function showBootstrap(
  start: TourStart,
  proofs: Proofs,
): Promise<Readonly<Record<'minter' | 'reader' | 'stranger', Connection>>> {
  const { cast, wrapTtl } = start;
  const { minter, reader, stranger } = cast;
  const issuer = await becomeIssuer(start);
  const role = paths(reader.name);
  const there = { ...issuer, token: undefined, localAddress: addressOf(reader) };

  const { wrappingToken } = await issueSecretId(issuer, role, wrapTtl);
  const secretId = await unwrapSecretId(there, role, wrappingToken);
  const roleId = await readRoleId(issuer, role);
  await proofs.allowed(
    'bootstrap',
    `${reader.name} unwraps its SecretID once and logs in`,
    async () => {
      const { ttl } = await loginAppRole(there, role, { roleId, secretId });
      return `a token for ${String(ttl / 60)} min, from ${there.localAddress}`;
    },
  );
  await proofs.denied('bootstrap', 'a second unwrap shows the interception', /wrapping token/, () =>
    unwrapSecretId(there, role, wrappingToken),
  );
  await proofs.denied(
    'bootstrap',
    'the SecretID works no second time',
    /invalid role or secret ID/,
    () => loginAppRole(there, role, { roleId, secretId }),
  );
  await proofs.denied(
    'bootstrap',
    `a SecretID of ${reader.name} works from no other address`,
    /not authorized|permission denied|invalid|CIDR/,
    async () => {
      const fresh = await issueSecretId(issuer, role, wrapTtl);
      const stolen = await unwrapSecretId(there, role, fresh.wrappingToken);
      const elsewhere = { ...there, localAddress: addressOf(stranger) };
      await loginAppRole(elsewhere, role, { roleId, secretId: stolen });
    },
  );
  await proofs.denied(
    'bootstrap',
    'the issuer is shown no SecretID: it gets them wrapped',
    /permission denied/,
    () => call(issuer, { method: 'POST', path: role.secretId }),
  );
  await proofs.denied(
    'bootstrap',
    'the issuer cannot make one for many uses',
    /permission denied/,
    () => call(issuer, { method: 'POST', path: role.secretId, wrapTtl, body: { num_uses: 0 } }),
  );
  return {
    minter: await bootstrap(issuer, minter, wrapTtl),
    reader: await bootstrap(issuer, reader, wrapTtl),
    stranger: await bootstrap(issuer, stranger, wrapTtl),
  };
}
