import { ownConsumer } from '../certificate/consumer.ts';
import { byCertificate } from './by-certificate.ts';
import { byDelivery } from './by-delivery.ts';
import { NoDeliveryError } from './delivery.ts';
import type { Ended, Host } from './host.ts';
import { patience } from './patience.ts';
import { findDelivery, type FoundDelivery } from './places.ts';
import { recallDelivery, type Spent } from './spent.ts';
import { clean, VerdictError, type Verdict } from './verdict.ts';

/**
 * Lets the consumer of this host in: by a wrapped SecretID that was delivered, which is exchanged for a
 * certificate where the consumer is to have one, else by that certificate.
 *
 * A new delivery comes first, also where there is a certificate: whoever had it issued wants it used, and if
 * somebody else opened it, that must show.
 *
 * @throws UserError  something on this host is wrong: no verdict on a delivery
 */
export async function establish(host: Host): Promise<Ended> {
  const consumer = ownConsumer(host.contract);
  const trying = patience(host.wait);
  try {
    const found = findDelivery(host.env, host.places);
    const spent =
      found === undefined ? undefined : recallDelivery(host.state, found.delivery.wrappingToken);
    if (found !== undefined && spent?.phase !== 'used') {
      return await byDelivery(host, consumer, found, spent, trying);
    }
    found?.clear();
    return (await byCertificate(host, trying)) ?? { verdict: neverArrived(found, spent) };
  } catch (error) {
    if (error instanceof VerdictError) return { verdict: error.verdict };
    if (error instanceof NoDeliveryError) return { verdict: noDelivery(error) };
    throw error;
  }
}

function neverArrived(found: FoundDelivery | undefined, spent: Spent | undefined): Verdict {
  const why =
    found === undefined || spent === undefined
      ? 'no wrapping token came, and there is no certificate'
      : `the wrapping token in ${found.place} was used by this host at ${spent.at.toISOString()}, nothing ` +
        'new came, and there is no certificate';
  return { name: 'never-arrived', why, remedy: 'have a SecretID issued for this host' };
}

function noDelivery({ message }: NoDeliveryError): Verdict {
  return {
    name: 'wrong-path',
    credential: 'secret-id',
    why: clean(message),
    remedy: 'find out who put it there, and have another SecretID issued',
  };
}
