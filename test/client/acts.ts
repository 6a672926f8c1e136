import { readFile, writeFile } from 'node:fs/promises';
import { addresses, type Deployed } from './deployed.ts';

/** What a consumer, or a thief, does with a delivery, step by step, without any client of ours. */

export interface Envelope {
  readonly version: 1;
  readonly consumer: string;
  readonly role_id: string;
  readonly wrapping_token: string;
  readonly accessor: string;
  readonly expires: string;
}

export async function readEnvelope(file: string): Promise<Envelope> {
  return JSON.parse(await readFile(file, 'utf8')) as Envelope;
}

/** @returns the SecretID */
export async function unwrap(deployed: Deployed, token: string, from: string): Promise<string> {
  const { data } = await deployed.admin('POST', 'sys/wrapping/unwrap', undefined, { token, from });
  return (data as { secret_id: string }).secret_id;
}

/** @returns token and its accessor */
export async function logIn(
  deployed: Deployed,
  roleId: string,
  secretId: string,
  from: string,
): Promise<{ readonly token: string; readonly accessor: string }> {
  const body = { role_id: roleId, secret_id: secretId };
  const more = { token: undefined, from };
  const { auth } = await deployed.admin('POST', 'auth/approle/login', body, more);
  const { client_token, accessor } = auth as { client_token: string; accessor: string };
  return { token: client_token, accessor };
}

type Consumer = 'unpoller' | 'grafana' | 'terraform-agent';

/** Confirms an arrival as the consumer's own client does: check-and-set on what is there. */
export async function confirm(
  deployed: Deployed,
  consumer: Consumer,
  token: string,
  secretIdAccessor: string,
): Promise<void> {
  const path = `arrivals/data/${consumer}`;
  const from = addresses[consumer];
  const current = await deployed.ask({ method: 'GET', path, token, from });
  const { data } = current.body as { data?: { metadata: { version: number } } };
  const entry = {
    data: { secret_id_accessor: secretIdAccessor, at: new Date().toISOString() },
    options: { cas: data?.metadata.version ?? 0 },
  };
  await deployed.admin('POST', path, entry, { token, from });
}

/** All of it, as it should be. */
export async function arrive(
  deployed: Deployed,
  consumer: Consumer,
  delivery: {
    readonly token: string;
    readonly roleId: string;
    readonly accessor: string;
  },
): Promise<string> {
  const from = addresses[consumer];
  const secretId = await unwrap(deployed, delivery.token, from);
  const { token } = await logIn(deployed, delivery.roleId, secretId, from);
  await confirm(deployed, consumer, token, delivery.accessor);
  return token;
}

/** Accessors of the SecretIDs that the server has of a consumer. */
export async function secretIdsOf(
  deployed: Deployed,
  consumer: string,
): Promise<readonly string[]> {
  const path = `auth/approle/role/${consumer}/secret-id`;
  const { status, body } = await deployed.ask({ method: 'LIST', path });
  if (status === 404) return [];
  return (body['data'] as { keys: readonly string[] }).keys;
}

/** Whether a token still works, from where it may be used. */
export async function isAlive(deployed: Deployed, token: string, from: string): Promise<boolean> {
  const path = 'auth/token/lookup-self';
  return (await deployed.ask({ method: 'GET', path, token, from })).status === 200;
}

export type LedgerEntry = Readonly<Record<string, string>>;

const ledgerFile = (home: string) => `${home}/.local/state/credential-backbone/ledger.jsonl`;

/** @param home  of whoever issued */
export async function ledgerOf(home: string): Promise<readonly LedgerEntry[]> {
  const text = await readFile(ledgerFile(home), 'utf8');
  // The last line may be on its way.
  const lines = text.split('\n').filter((line) => line.endsWith('}'));
  return lines.map((line) => JSON.parse(line) as LedgerEntry);
}

/** Moves the time by which everything of a ledger should have arrived into the past. */
export async function letBeLate(home: string): Promise<void> {
  const arriveBy = new Date(0).toISOString();
  const late = (await ledgerOf(home)).map((entry) =>
    JSON.stringify(entry['event'] === 'minted' ? { ...entry, arriveBy } : entry),
  );
  await writeFile(ledgerFile(home), `${late.join('\n')}\n`);
}

/** Waits for something that comes; a test that waits in vain ends by its own limit. */
export async function until<T>(look: () => Promise<T | undefined>): Promise<T> {
  for (;;) {
    const found = await look();
    if (found !== undefined) return found;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}
