import { readRoleId, unwrapSecretId } from '../client/approle.ts';
import { call, type Connection } from '../client/openbao.ts';
import type { Consumer } from '../model/consumer.ts';
import { ownAddress, strangeAddress } from './addresses.ts';
import { isAlive } from './attempt.ts';
import type { Question } from './case.ts';
import { giveUp, logIn } from './officials.ts';
import type { Results } from './results.ts';
import {
  destroySecretId,
  loginPath,
  mintSecretId,
  pathsOf,
  type Means,
  type Subject,
} from './subject.ts';
import { refusedAs, works } from './works.ts';

type Ask = (kind: Question['kind'], tries: string, expected: Question['expected']) => Question;

/** One SecretID from its wrapping to its end, and who else might use it. */
export async function tryLogin(means: Means, consumer: Consumer, results: Results): Promise<void> {
  const ask: Ask = (kind, tries, expected) => ({ who: consumer.name, kind, tries, expected });
  const questions = {
    login: ask('login', 'unwrap a SecretID and log in', 'allowed'),
    unwrap: ask('login', 'unwrap it a second time', 'denied'),
    again: ask('login', 'log in with it a second time', 'denied'),
    elsewhere: ask('address', 'log in from an undeclared address', 'denied'),
  };
  const here = await ownAddress(consumer.from);
  const issuer = await means.officials.become('secret-id-issuer');
  if (here === undefined || typeof issuer === 'string') {
    const why = typeof issuer === 'string' ? issuer : 'this machine has no address of it';
    for (const question of Object.values(questions)) results.notTried(question, why);
    return;
  }
  const there: Connection = { ...issuer.connection, token: undefined, localAddress: here };
  const way = `SecretID at ${here}`;
  const paths = pathsOf(consumer);
  const role_id = await readRoleId(issuer.connection, paths);
  const issued = await mintSecretId(means, issuer.connection, consumer);
  let secret_id = '';
  const first = await results.try(questions.login, way, () =>
    works(async () => {
      secret_id = await unwrapSecretId(there, paths, issued.wrappingToken);
      const request = { path: loginPath, body: { role_id, secret_id } };
      await giveUp(await logIn(there, request, consumer.name, means.remains), means.remains);
    }),
  );
  if (first.got === 'allowed') {
    await results.try(questions.unwrap, way, () =>
      refusedAs(/wrapping token/, () =>
        call(
          { ...there, token: issued.wrappingToken },
          { method: 'POST', path: 'sys/wrapping/unwrap' },
        ),
      ),
    );
    await results.try(questions.again, way, () =>
      refusedAs(/invalid role or secret ID/, () =>
        logIn(
          there,
          { path: loginPath, body: { role_id, secret_id } },
          consumer.name,
          means.remains,
        ),
      ),
    );
  } else {
    for (const question of [questions.unwrap, questions.again]) {
      results.couldNot(question, 'the first time did not work');
    }
  }
  await destroySecretId(means, issuer.connection, consumer, issued.accessor);
  const strange = await strangeAddress(there, consumer.from);
  if (strange === undefined) {
    results.notTried(questions.elsewhere, 'this machine has no other address');
    return;
  }
  const stolen = await mintSecretId(means, issuer.connection, consumer);
  const opened = await unwrapSecretId(there, paths, stolen.wrappingToken);
  await results.try(questions.elsewhere, `SecretID at ${strange}`, () =>
    refusedAs(/CIDR|not authorized|unauthorized|permission denied|invalid/, () =>
      logIn(
        { ...there, localAddress: strange },
        { path: loginPath, body: { role_id, secret_id: opened } },
        consumer.name,
        means.remains,
      ),
    ),
  );
  await destroySecretId(means, issuer.connection, consumer, stolen.accessor);
}

/** The token of a login, from where it must not work. */
export async function tryTokenElsewhere(
  subject: Subject,
  consumer: Consumer,
  results: Results,
): Promise<void> {
  const question: Question = {
    who: consumer.name,
    kind: 'address',
    tries: 'use its token from an undeclared address',
    expected: 'denied',
  };
  if (subject.way !== 'login') {
    results.notTried(question, 'this machine has no address of it');
    return;
  }
  const strange = await strangeAddress(subject.connection, consumer.from);
  if (strange === undefined) {
    results.notTried(question, 'this machine has no other address');
    return;
  }
  await results.try(question, `token at ${strange}`, async () => {
    const elsewhere = { ...subject.connection, localAddress: strange };
    const answer = await refusedAs(/permission denied|not authorized/, () =>
      call(elsewhere, { method: 'GET', path: 'auth/token/lookup-self' }),
    );
    if (answer.got !== 'denied' || (await isAlive(subject.connection))) return answer;
    return { got: 'could not', said: 'its token has ended, so the refusal says nothing' };
  });
}
