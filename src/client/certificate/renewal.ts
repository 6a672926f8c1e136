import { createHash } from 'node:crypto';

/** Life of a certificate. */
export interface Validity {
  readonly notBefore: Date;
  readonly notAfter: Date;
}

/** Part of a life after which a certificate is renewed, and how far two hosts may differ in it. */
const part = 2 / 3;
const spread = 0.1;

/**
 * When a certificate is renewed: at two thirds of its life, give or take a twentieth, so that hosts that were
 * made together do not come back together. The same certificate always gives the same moment.
 *
 * @param serial  of the certificate
 */
export function renewalTime({ notBefore, notAfter }: Validity, serial: string): Date {
  const random = createHash('sha256').update(serial).digest().readUInt32BE(0) / 2 ** 32;
  const life = Math.max(0, notAfter.getTime() - notBefore.getTime());
  return new Date(notBefore.getTime() + life * (part + (random - 0.5) * spread));
}
