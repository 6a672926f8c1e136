import { z } from 'zod';
import { call, type Connection } from './openbao.ts';

const self = z.object({ policies: z.array(z.string()), ttl: z.number() });

/** Policies of the connection's own token, and seconds until it expires. */
export async function lookupSelf(connection: Connection): Promise<z.infer<typeof self>> {
  const answer = await call(connection, { method: 'GET', path: 'auth/token/lookup-self' });
  return self.parse(answer?.data);
}

/** Gives the connection's own token up before its time. */
export async function revokeSelf(connection: Connection): Promise<void> {
  await call(connection, { method: 'POST', path: 'auth/token/revoke-self' });
}
