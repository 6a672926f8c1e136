import type { Contract } from '../../contract/contract.ts';
import { inside, number, object, text } from '../../contract/shape.ts';
import { judgeRefusedCertificate, unreachable } from '../bootstrap/judge.ts';
import { answered } from '../bootstrap/answered.ts';
import { VerdictError, type Verdict } from '../bootstrap/verdict.ts';
import { call, type Connection } from '../openbao.ts';
import { revokeSelf } from '../token.ts';
import { ownConsumer } from './consumer.ts';
import { obtainCertificate } from './enrol.ts';
import { readIdentity, type Identity } from './identity.ts';
import { leaveMark } from './leave-mark.ts';
import { renewalTime } from './renewal.ts';

/** What a login by certificate gives. */
export interface CertificateLogin {
  readonly token: string;
  /** Seconds. */
  readonly ttl: number;
  readonly identity: Identity;
}

/**
 * Logs the consumer of this host in by its certificate, over mutual TLS, and leaves a mark that shows a
 * second user of it. Any number of processes of one host may do so at once.
 *
 * @param connection  a token in it is not used
 * @param state       directory of the host's state
 * @returns undefined where the host has no certificate, or its consumer is to have none
 * @throws VerdictError  `expired`, `refused`, `cloned` (its token is revoked), `unreachable`
 * @throws UserError     the certificate here must not be used
 */
export async function loginByCertificate(
  connection: Connection,
  contract: Contract,
  state: string,
): Promise<CertificateLogin | undefined> {
  const { certificate, arrival } = ownConsumer(contract);
  if (certificate === undefined) return undefined;
  const identity = readIdentity(state);
  if (identity === undefined) return undefined;
  const path = contract.logins.certificate;
  const asked = await answered(() =>
    call(
      { ...connection, token: undefined, clientCertificate: identity.pair },
      { method: 'POST', path, body: { name: certificate.role } },
    ),
  );
  if (asked.kind !== 'answer') throw new VerdictError(judgeCertificate(asked, identity));
  const auth = inside(object(asked.answer, path), 'auth');
  const token = text(auth, 'client_token');
  const own = { ...connection, token };
  const left = await answered(() => leaveMark(own, arrival, state));
  if (left.kind === 'answer' && left.answer) {
    return { token, ttl: number(auth, 'lease_duration'), identity };
  }
  // Whoever is told so must not stay logged in; where that fails, the token ends by its life.
  await revokeSelf(own).catch(() => undefined);
  throw new VerdictError(left.kind === 'answer' ? cloned : judgeCertificate(left, identity));
}

const cloned: Verdict = {
  name: 'cloned',
  credential: 'certificate',
  why: 'another host uses the certificate of this one, or this disk is an older copy of itself',
  remedy:
    'find the other one, have its certificate revoked, and have a new SecretID issued for the host that stays',
};

function judgeCertificate(
  refusal: Exclude<Awaited<ReturnType<typeof answered>>, { readonly kind: 'answer' }>,
  { notAfter }: Identity,
): Verdict {
  return refusal.kind === 'unreachable'
    ? { ...unreachable(refusal), credential: 'certificate' }
    : judgeRefusedCertificate(refusal, notAfter);
}

/**
 * Renews the certificate where its time has come.
 *
 * @param connection  with a token of the login by certificate
 * @returns the new one; undefined: it was not time
 */
export async function renewIfDue(
  connection: Connection,
  contract: Contract,
  state: string,
  identity: Identity,
): Promise<Identity | undefined> {
  const { certificate } = ownConsumer(contract);
  if (certificate === undefined || renewalTime(identity, identity.serial).getTime() > Date.now()) {
    return undefined;
  }
  return obtainCertificate(connection, certificate.renew, certificate.commonName, state);
}
