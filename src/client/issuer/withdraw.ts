import { byAccessor } from './account.ts';
import { destroy, type Issuer } from './sweep.ts';

/** Destroys what was minted and could not be handed over. */
export async function withdraw(issuer: Issuer, accessor: string, why: string): Promise<void> {
  const issued = byAccessor(issuer.ledger.read(), accessor);
  if (issued === undefined) return;
  await destroy(issuer, issued);
  issuer.ledger.add({ event: 'destroyed', accessor, at: new Date().toISOString(), why });
}
