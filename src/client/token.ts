import { number, object, texts } from '../contract/shape.ts';
import { call, type Connection } from './openbao.ts';

/** Policies of the connection's own token, and seconds until it expires. */
export async function lookupSelf(
  connection: Connection,
): Promise<{ readonly policies: readonly string[]; readonly ttl: number }> {
  const answer = await call(connection, { method: 'GET', path: 'auth/token/lookup-self' });
  const self = object(answer?.data, 'auth/token/lookup-self');
  return { policies: texts(self, 'policies'), ttl: number(self, 'ttl') };
}

/** Gives the connection's own token up before its time. */
export async function revokeSelf(connection: Connection): Promise<void> {
  await call(connection, { method: 'POST', path: 'auth/token/revoke-self' });
}
