import { readKv } from '../client/kv.ts';
import type { Connection } from '../client/openbao.ts';
import { InfisicalError, type InfisicalConnection } from '../infisical/api.ts';
import {
  findIdentity,
  listClientSecrets,
  mintClientSecret,
  readClientId,
  revokeClientSecret,
} from '../infisical/client-secrets.ts';
import { logIn, logOut, type UniversalLogin } from '../infisical/login.ts';
import { readSecrets } from '../infisical/secrets.ts';
import { anywhere, type MachineIdentity } from '../model/infisical.ts';
import { infisicalLogin } from '../model/names.ts';
import { UserError } from '../user-error.ts';
import { isRefused, NotTried, obtain, works } from './attempt.ts';
import type { Check } from './row.ts';
import { sourceAmong } from './source-address.ts';

/** Both servers, and where the consumers' folders are. */
export interface Servers {
  /** As an operator. */
  readonly openbao: Connection;
  /** As whoever may mint client secrets. */
  readonly infisical: InfisicalConnection;
  readonly organizationId: string;
  readonly projectId: string;
}

/** One login, which is made at once: what is left of it when this process is killed ends by itself. */
const limits = { description: 'tried by backbone migrate', ttl: 120, numUses: 1 } as const;

/** A folder in an environment, of whoever. */
export interface Spot {
  readonly environment: string;
  readonly path: string;
}

export const placeOf = ({ environment, path }: Spot) => `${environment}:${path}`;

/**
 * What a consumer does: its login lies in OpenBao, it logs in, reads each of its folders, and not its neighbour's.
 * The client secret that OpenBao keeps is not used, as each use is counted; one is made for this and revoked.
 */
export async function probeConsumer(
  servers: Servers,
  identity: MachineIdentity,
  folders: readonly Spot[],
  neighbour: Spot,
): Promise<readonly Check[]> {
  const { infisical, organizationId } = servers;
  const { name } = identity;
  const known = await obtain(
    `Infisical knows ${name}`,
    async () => {
      const id = await findIdentity(infisical, organizationId, name);
      return { id, clientId: await readClientId(infisical, id) };
    },
    ({ id }) => id,
  );
  if (known.value === undefined) return [known.check];
  const { id, clientId } = known.value;
  const kept = await works(`OpenBao keeps a login of ${name} that Infisical lists as good`, () =>
    keptLogin(servers, identity, { id, clientId }),
  );
  const minted = await obtain(
    `a client secret of ${name} is minted`,
    () => mintClientSecret(infisical, id, limits),
    () => 'for one login',
  );
  if (minted.value === undefined) return [kept, minted.check];
  const { clientSecret, id: made } = minted.value;
  const used: Check[] = [];
  try {
    used.push(
      ...(await use(servers, identity, { clientId, clientSecret }, { folders, neighbour })),
    );
  } finally {
    used.push(
      await works('the client secret of this run is revoked again', async () => {
        await revokeClientSecret(infisical, id, made);
        return made;
      }),
    );
  }
  return [kept, ...used];
}

/** Logs in as the consumer, from where it may if this machine has such an address. */
async function use(
  { infisical: { siteUrl, ca }, projectId }: Servers,
  { name, trustedIps }: MachineIdentity,
  login: UniversalLogin,
  { folders, neighbour }: { readonly folders: readonly Spot[]; readonly neighbour: Spot },
): Promise<readonly Check[]> {
  const from = await sourceAmong(trustedIps.filter((network) => !anywhere.includes(network)));
  const place = { siteUrl, ca, ...(from === undefined ? {} : { localAddress: from }) };
  const { check, value } = await obtain(
    `${name} logs in with a client secret for one login`,
    () =>
      logIn(place, login).catch((error: unknown) => {
        throw isWrongAddress(error) && from === undefined ? fromElsewhere(trustedIps) : error;
      }),
    ({ ttl }) => `from ${from ?? 'here'}, a token for ${String(Math.round(ttl / 60))} min`,
  );
  if (value === undefined) return [check];
  const reader = { ...place, token: value.token };
  try {
    const read: Check[] = [];
    for (const folder of folders) {
      read.push(
        await works(`${name} reads ${placeOf(folder)}`, () => count(reader, projectId, folder)),
      );
    }
    const denied = await isRefused(`it cannot read ${placeOf(neighbour)}`, isForbidden, () =>
      readSecrets(reader, { projectId, ...neighbour }),
    );
    return [check, ...read, denied];
  } finally {
    await logOut(reader).catch(() => undefined);
  }
}

/** @throws UserError  there is none, or Infisical would not take it */
async function keptLogin(
  { openbao, infisical, projectId }: Servers,
  { name, login }: MachineIdentity,
  { id, clientId }: { readonly id: string; readonly clientId: string },
): Promise<string> {
  const issue = `issue one: backbone infisical issue ${name}`;
  const fields = await readKv(openbao, login.data);
  const secret = fields?.[infisicalLogin.clientSecret];
  if (secret === undefined) throw new UserError(`${login.data} has none; ${issue}`);
  if (
    fields?.[infisicalLogin.clientId] !== clientId ||
    fields[infisicalLogin.projectId] !== projectId
  ) {
    throw new UserError(`${login.data} has that of another identity or project; ${issue}`);
  }
  const listed = await listClientSecrets(infisical, id);
  // Infisical shows the first letters of each, by which people tell them apart; so does this.
  const own = listed.filter(({ prefix }) => secret.startsWith(prefix));
  const good = own.find(
    ({ uses, usesLimit, ttl, created }) =>
      (usesLimit === 0 || uses < usesLimit) &&
      (ttl === 0 || Date.parse(created) + ttl * 1000 > Date.now()),
  );
  if (good === undefined) {
    const why = own.length === 0 ? 'was revoked' : 'has ended or is used up';
    throw new UserError(`the client secret in ${login.data} ${why}; ${issue}`);
  }
  return good.usesLimit === 0
    ? 'not used here'
    : `not used here; ${String(good.usesLimit - good.uses)} logins are left`;
}

/** Values come with them, are counted and forgotten. */
async function count(
  reader: InfisicalConnection,
  projectId: string,
  folder: Spot,
): Promise<string> {
  const { size } = await readSecrets(reader, { projectId, ...folder });
  if (size === 0) throw new UserError('nothing lies there yet: backbone import it');
  return size === 1 ? 'one secret' : `${String(size)} secrets`;
}

function isForbidden(error: UserError): boolean {
  return error instanceof InfisicalError && error.status === 403 && !isWrongAddress(error);
}

function isWrongAddress(error: unknown): boolean {
  return error instanceof InfisicalError && error.message.includes('current IP address');
}

function fromElsewhere(trustedIps: readonly string[]): NotTried {
  return new NotTried(
    `Infisical takes it from ${trustedIps.join(', ')} alone, and this machine has no such address; ` +
      'run backbone migrate on one that has',
  );
}
