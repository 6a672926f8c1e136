import type { ResponseContract } from '../../contract/contract.ts';
import { number, object, text, texts, type Shape } from '../../contract/shape.ts';
import { call, OpenBaoError, type Connection } from '../openbao.ts';
import type { Hash } from './trace.ts';

/** Asked at once: quick, and no load that a rate limit would notice. */
const atOnce = 8;

/** HMAC as the audit device `first` writes it; each text is asked for once. */
export function auditHash(connection: Connection, { auditHash: path }: ResponseContract): Hash {
  const known = new Map<string, Promise<string>>();
  const ask = async (input: string) => {
    const answer = await call(connection, { method: 'POST', path, body: { input } });
    return text(object(answer?.data, path), 'hash');
  };
  return (input) => {
    const hash = known.get(input) ?? ask(input);
    known.set(input, hash);
    return hash;
  };
}

/** Accessors of every token that is alive. */
async function liveAccessors(
  connection: Connection,
  { tokenAccessors: path }: ResponseContract,
): Promise<readonly string[]> {
  const answer = await call(connection, { method: 'LIST', path });
  return answer === undefined ? [] : texts(object(answer.data, path), 'keys');
}

/** Accessors of live tokens whose hashes stand in the trace. */
export async function tokensByHash(
  connection: Connection,
  paths: ResponseContract,
  hash: Hash,
  hashes: ReadonlySet<string>,
): Promise<readonly string[]> {
  if (hashes.size === 0) return [];
  return filtered(await liveAccessors(connection, paths), async (accessor) =>
    hashes.has(await hash(accessor)),
  );
}

/**
 * Accessors of live tokens that any login of a consumer made since then: what is left to go by where no audit
 * log tells more. Its own are among them, and it logs in again.
 */
export async function tokensOfConsumer(
  connection: Connection,
  paths: ResponseContract,
  consumer: string,
  since: Date | undefined,
): Promise<readonly string[]> {
  return filtered(await liveAccessors(connection, paths), async (accessor) => {
    const token = await lookUp(connection, paths, accessor);
    if (token === undefined) return false;
    const { value } = object(token.value['meta'] ?? {}, 'meta');
    if (value['role_name'] !== consumer && value['cert_name'] !== consumer) return false;
    // Whole seconds, rounded down.
    return since === undefined || (number(token, 'creation_time') + 1) * 1000 > since.getTime();
  });
}

/** @returns undefined where it has ended meanwhile */
async function lookUp(
  connection: Connection,
  { lookupToken: path }: ResponseContract,
  accessor: string,
): Promise<Shape | undefined> {
  try {
    const answer = await call(connection, { method: 'POST', path, body: { accessor } });
    return answer === undefined ? undefined : object(answer.data, path);
  } catch (error) {
    if (isEnded(error)) return undefined;
    throw error;
  }
}

/** Ends a token, its children and every lease of theirs. One that has ended by itself is no error. */
export async function revokeToken(
  connection: Connection,
  { revokeToken: path }: ResponseContract,
  accessor: string,
): Promise<void> {
  try {
    await call(connection, { method: 'POST', path, body: { accessor } });
  } catch (error) {
    if (!isEnded(error)) throw error;
  }
}

/** OpenBao 2.7.2 says "invalid accessor" with 403 or 400. */
function isEnded(error: unknown): boolean {
  return error instanceof OpenBaoError && error.message.includes('invalid accessor');
}

async function filtered(
  all: readonly string[],
  wanted: (accessor: string) => Promise<boolean>,
): Promise<readonly string[]> {
  const found: string[] = [];
  for (let first = 0; first < all.length; first += atOnce) {
    const some = all.slice(first, first + atOnce);
    const is = await Promise.all(some.map(wanted));
    found.push(...some.filter((_, index) => is[index] === true));
  }
  return found;
}
