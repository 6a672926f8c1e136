import { actAs } from '../act-as.ts';
import { loadContract } from '../contract-file.ts';
import { openLedger } from './ledger.ts';
import type { Issuer } from './sweep.ts';

/** Works as the issuer, and gives its token up afterwards where it was made for this. */
export async function asIssuer<T>(
  env: NodeJS.ProcessEnv,
  work: (issuer: Issuer) => Promise<T>,
): Promise<T> {
  const contract = loadContract(env);
  const identity = await actAs('secret-id-issuer', contract, env);
  try {
    return await work({
      connection: identity.connection,
      contract,
      env,
      ledger: openLedger(env),
    });
  } finally {
    await identity.close();
  }
}
