import { UserError } from '../../user-error.ts';
import { loginAppRole } from '../approle.ts';
import type { OwnConsumer } from '../certificate/consumer.ts';
import { obtainCertificate } from '../certificate/enrol.ts';
import { announceArrival } from '../certificate/leave-mark.ts';
import { revokeSelf } from '../token.ts';
import { insist } from './answered.ts';
import { byCertificate } from './by-certificate.ts';
import type { Ended, Host } from './host.ts';
import { judgeRefusedLogin, unreachable } from './judge.ts';
import { openDelivery, type Fresh } from './open.ts';
import type { Patience } from './patience.ts';
import type { FoundDelivery } from './places.ts';
import { rememberDelivery, type Spent } from './spent.ts';
import { clean, type Verdict } from './verdict.ts';

/**
 * Lets a consumer in by what was delivered: looks it up, opens it, logs in, says that it arrived, and exchanges
 * the SecretID for a certificate where the consumer is to have one.
 *
 * @param spent  this host began to open it before
 */
export async function byDelivery(
  host: Host,
  consumer: OwnConsumer,
  found: FoundDelivery,
  spent: Spent | undefined,
  trying: Patience,
): Promise<Ended> {
  const { delivery, place } = found;
  const { wrappingToken, accessor, expires, roleId } = delivery;
  if (delivery.consumer !== undefined && delivery.consumer !== consumer.name) {
    return {
      verdict: {
        name: 'wrong-path',
        credential: 'secret-id',
        accessor,
        why: `what lies in ${place} is for ${delivery.consumer}`,
        remedy: 'have the SecretID of that one destroyed, and another one issued for this host',
      },
    };
  }
  if (roleId === undefined) {
    throw new UserError(
      `${place} holds a wrapping token without the role id: give it with BAO_ROLE_ID or --role-id-file ` +
        '(nothing was used up)',
    );
  }
  // A consumer without a certificate keeps nothing on its host: it may have no place that outlives it.
  const state = consumer.certificate === undefined ? undefined : host.state;
  const opened = await openDelivery(
    host.connection,
    wrappingToken,
    {
      secretIdPath: consumer.role.secretId,
      wrapTtl: host.contract.wrapTtl,
      expires,
      accessor,
      openedHere: spent?.at,
    },
    trying,
    () => {
      if (state !== undefined) rememberDelivery(state, wrappingToken, 'opening');
    },
  );
  if (!('kind' in opened)) {
    if (opened.name === 'intercepted' || opened.name === 'expired') found.clear();
    return { verdict: opened };
  }
  const ended = await login(host, consumer, { roleId, wrappingToken, fresh: opened }, trying);
  // Not sooner: a host that is stopped in between finds it again, and says that it was opened.
  found.clear();
  return ended;
}

async function login(
  host: Host,
  consumer: OwnConsumer,
  came: { readonly roleId: string; readonly wrappingToken: string; readonly fresh: Fresh },
  trying: Patience,
): Promise<Ended> {
  const { opened, made } = came.fresh;
  const { accessor } = opened;
  const state = consumer.certificate === undefined ? undefined : host.state;
  const logged = await insist(trying, () =>
    loginAppRole(
      host.connection,
      { ...consumer.role, login: host.contract.logins.approle },
      { roleId: came.roleId, secretId: opened.secretId },
    ),
  );
  if (logged.kind === 'unreachable') {
    return { verdict: { ...unreachable(logged), remedy: spoilt, accessor } };
  }
  if (logged.kind === 'refused') {
    return { verdict: judgeRefusedLogin(logged, { at: made, ttl: opened.ttl, accessor }) };
  }
  if (state !== undefined) rememberDelivery(state, came.wrappingToken, 'used');
  const first = { ...host.connection, token: logged.answer.token };
  const verdict: Verdict = {
    name: 'delivered',
    credential: 'secret-id',
    accessor,
    why: 'nobody else opened it',
  };
  const entered = await insist(trying, async () => {
    await announceArrival(first, consumer.arrival, accessor, state);
    if (consumer.certificate === undefined) return;
    const { enrol, commonName } = consumer.certificate;
    await obtainCertificate(first, enrol, commonName, host.state);
  });
  if (entered.kind === 'answer') {
    if (consumer.certificate === undefined) {
      return { verdict, session: { connection: first, ttl: logged.answer.ttl } };
    }
    // From here on the certificate is the identity, and nobody may enrol with the first token any more.
    await revokeSelf(first).catch((error: unknown) => {
      host.say(`the token of the first login ends by itself only: ${clean(String(error))}`);
    });
    const session = (await byCertificate(host, trying))?.session;
    return { verdict, ...(session === undefined ? {} : { session }) };
  }
  await revokeSelf(first).catch(() => undefined);
  return {
    verdict:
      entered.kind === 'unreachable'
        ? { ...unreachable(entered), remedy: spoilt, accessor }
        : {
            name: 'refused',
            credential: 'secret-id',
            accessor,
            why: `it is let in, and cannot have what it needs to stay (${clean(entered.why)})`,
            remedy: 'look whether the stack openbao is deployed, and have another SecretID issued',
          },
  };
}

const spoilt = 'the SecretID was opened and is lost: have another one issued';
