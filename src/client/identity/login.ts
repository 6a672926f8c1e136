import type { Connection } from '../openbao.ts';
import { revokeSelf } from '../token.ts';
import type { OpenIdentity } from './source.ts';

/** A token that a login made for one use: closing revokes it. */
export function ownToken(connection: Connection, token: string): OpenIdentity {
  const own = { ...connection, token };
  return {
    connection: own,
    close: () =>
      revokeSelf(own).catch((error: unknown) => {
        const why = error instanceof Error ? error.message : String(error);
        process.stderr.write(`backbone: the token of this call ends by itself only: ${why}\n`);
      }),
  };
}
