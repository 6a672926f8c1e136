import { createPublicKey, sign } from 'node:crypto';
import type { GithubAppContract } from '../../contract/contract.ts';
import { has, inside, number, object, text, type Shape } from '../../contract/shape.ts';
import { appJwt } from '../../github/app-jwt.ts';
import { UserError } from '../../user-error.ts';
import { call, type Connection } from '../openbao.ts';
import { exchange, NoAnswer } from '../transport.ts';
import { derOf, wrapKey, type BroughtKey } from './wrap-key.ts';

export interface Imported {
  /** Version in transit. */
  readonly version: number;
  /** `there`: it was there before, and nothing was done. */
  readonly outcome: 'imported' | 'there';
}

/**
 * Asks GitHub whether the key is one of the App's, before anything is changed.
 *
 * @throws UserError  it is not, or GitHub cannot be asked
 */
export async function checkAtGithub(app: GithubAppContract, { key }: BroughtKey): Promise<void> {
  const jwt = await appJwt(app.clientId, (input) => sign('sha256', Buffer.from(input), key));
  let status: number;
  try {
    ({ status } = await exchange({
      url: `${app.apiUrl}/app`,
      method: 'GET',
      headers: { authorization: `Bearer ${jwt}`, 'user-agent': 'credential-backbone' },
      body: undefined,
      ca: app.apiCaCertificate,
      clientCertificate: undefined,
      localAddress: undefined,
      patience: 15_000,
    }));
  } catch (error) {
    if (!(error instanceof NoAnswer)) throw error;
    throw new UserError(
      `GitHub cannot be asked whether the key is the App's: ${error.message}; --offline does not ask`,
    );
  }
  if (status === 200) return;
  throw new UserError(
    status === 401 || status === 404
      ? `GitHub does not know the key as one of the App ${app.clientId}: nothing was imported`
      : `GitHub answered ${String(status)} when it was asked for the App: nothing was imported`,
  );
}

/**
 * Brings the key into transit, as the first one or as the next version, and makes sure of what became of it.
 *
 * @throws UserError  refused; or what is there is not what was brought, or could be taken out again
 */
export async function importKey(
  connection: Connection,
  app: GithubAppContract,
  brought: BroughtKey,
): Promise<Imported> {
  const before = await readKey(connection, app);
  const there = before?.versions.find(({ publicDer }) => publicDer === brought.publicDer);
  if (there !== undefined) return { version: there.version, outcome: 'there' };
  const path = app.wrappingKey;
  const answer = await call(connection, { method: 'GET', path });
  const wrappingKey = text(inside(object(answer, path), 'data'), 'public_key');
  const body = { ciphertext: wrapKey(brought, wrappingKey), hash_function: 'SHA256' };
  await call(
    connection,
    before === undefined
      ? { method: 'POST', path: app.import, body: { ...body, type: brought.type } }
      : { method: 'POST', path: app.importVersion, body },
  );
  const after = await readKey(connection, app);
  const newest = after?.versions.find(({ version }) => version === after.latest);
  if (newest?.publicDer !== brought.publicDer) {
    throw new UserError('the newest version of the key in OpenBao is not the one that was brought');
  }
  return { version: newest.version, outcome: 'imported' };
}

interface KeyInTransit {
  readonly latest: number;
  readonly versions: readonly { readonly version: number; readonly publicDer: string }[];
}

/** @throws UserError  it may be exported, backed up in the clear or deleted */
async function readKey(
  connection: Connection,
  { key: path }: GithubAppContract,
): Promise<KeyInTransit | undefined> {
  const answer = await call(connection, { method: 'GET', path });
  if (answer === undefined) return undefined;
  const data = inside(object(answer, path), 'data');
  for (const flag of ['exportable', 'allow_plaintext_backup', 'deletion_allowed']) {
    if (data.value[flag] !== false) {
      throw new UserError(
        `${path} has ${flag} set: whoever may read OpenBao's keys could take the key of the App away. Make a new ` +
          'key at GitHub, delete this one there, and have the mount made anew',
      );
    }
  }
  const keys = inside(data, 'keys');
  return {
    latest: number(data, 'latest_version'),
    versions: Object.keys(keys.value).map((version) => ({
      version: Number(version),
      publicDer: publicOf(inside(keys, version)),
    })),
  };
}

function publicOf(version: Shape): string {
  if (!has(version, 'public_key')) return '';
  return derOf(createPublicKey(text(version, 'public_key')));
}
