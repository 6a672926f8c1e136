import { generateKeyPairSync, X509Certificate } from 'node:crypto';
import { z } from 'zod';
import { certificateRequest } from '../client/certificate/csr.ts';
import { revokeCertificates } from '../client/incident/certificates.ts';
import { call, type Connection } from '../client/openbao.ts';
import type { Consumer } from '../model/consumer.ts';
import { certificatePaths, mounts, responderPaths } from '../model/names.ts';
import { strangeAddress } from './addresses.ts';
import { attempt } from './attempt.ts';
import type { Question } from './case.ts';
import { giveUp, logIn, type LoggedIn } from './officials.ts';
import type { Results } from './results.ts';
import type { Means, Subject } from './subject.ts';
import { refusedAs, works } from './works.ts';

const signed = z.object({ certificate: z.string() });

/** A key that never leaves this process, and what was signed for it. */
interface Pair {
  readonly certificate: string;
  readonly key: string;
  readonly serial: string;
}

/**
 * First certificate, login by it, next certificate, and what each login may not. The certificates are revoked
 * afterwards, and that the login knows it is the last question. Without a responder none is made.
 */
export async function tryCertificate(
  means: Means,
  consumer: Consumer,
  subject: Subject,
  results: Results,
): Promise<void> {
  if (consumer.certificateTtl === undefined) return;
  const ask = (tries: string, expected: Question['expected']): Question => ({
    ...{ who: consumer.name, kind: 'certificate', tries, expected },
  });
  const first = ask('have the first certificate signed', 'allowed');
  const responder = await means.officials.become('responder');
  if (subject.way !== 'login' || typeof responder === 'string') {
    const why = typeof responder === 'string' ? responder : 'this machine has no address of it';
    results.notTried(first, `${why}; and so nothing about its certificates`);
    return;
  }
  const paths = certificatePaths(consumer.name);
  const made: Pair[] = [];
  const sign = async (connection: Connection, path: string, name: string = consumer.name) => {
    const pair = await haveSigned(connection, path, name);
    made.push(pair);
    const until = new X509Certificate(pair.certificate).validTo;
    const remain = { kind: 'certificate', name: pair.serial, who: consumer.name } as const;
    await means.remains.add({ ...remain, until: new Date(until).toISOString() });
  };
  const byLogin = subject.described;
  try {
    await results.try(ask('a certificate in another name', 'denied'), byLogin, () =>
      refusedAs(/not allowed|common name|permission denied/, () =>
        sign(subject.connection, paths.enrol, `${consumer.name}-verify`),
      ),
    );
    const renewal = { ...ask('the next certificate, by the AppRole login', 'denied') };
    await results.try(renewal, byLogin, () =>
      attempt(subject.connection, {
        ...renewal,
        request: { method: 'POST', path: paths.renew, body: { csr: '' } },
      }),
    );
    const enrolled = await results.try(first, byLogin, () =>
      works(() => sign(subject.connection, paths.enrol)),
    );
    const [pair] = made;
    if (enrolled.got === 'allowed' && pair !== undefined) {
      await byCertificate(means, consumer, subject, pair, sign, results);
    }
  } finally {
    const serials = made.map(({ serial }) => serial);
    await revokeCertificates(responder.connection, responderPaths, serials);
    for (const serial of serials) await means.remains.gone(serial);
  }
  const [pair] = made;
  if (pair === undefined) return;
  await results.try(ask('log in by a revoked certificate', 'denied'), 'certificate', () =>
    refusedAs(/revoked|no chain|invalid|permission denied|failed/, () =>
      enter(means, consumer.name, consumer.name, subject.connection, pair),
    ),
  );
}

async function byCertificate(
  means: Means,
  consumer: Consumer,
  subject: Subject,
  pair: Pair,
  sign: (connection: Connection, path: string) => Promise<void>,
  results: Results,
): Promise<void> {
  const { enrol, renew } = certificatePaths(consumer.name);
  const ask = (tries: string, expected: Question['expected']): Question => ({
    ...{ who: consumer.name, kind: 'certificate', tries, expected },
  });
  const way = `certificate at ${subject.connection.localAddress ?? '?'}`;
  const other = means.backbone.consumers.find(
    ({ name, certificateTtl }) => name !== consumer.name && certificateTtl !== undefined,
  );
  if (other !== undefined) {
    await results.try(ask(`log in as ${other.name} by it`, 'denied'), way, () =>
      refusedAs(/invalid|no chain|failed|permission denied/, () =>
        enter(means, consumer.name, other.name, subject.connection, pair),
      ),
    );
  }
  const strange = await strangeAddress(subject.connection, consumer.from);
  const elsewhere = ask('log in by it from an undeclared address', 'denied');
  if (strange === undefined) {
    results.notTried(elsewhere, 'this machine has no other address');
  } else {
    await results.try(elsewhere, `certificate at ${strange}`, () =>
      refusedAs(/CIDR|not authorized|unauthorized|permission denied|invalid/, () =>
        enter(
          means,
          consumer.name,
          consumer.name,
          { ...subject.connection, localAddress: strange },
          pair,
        ),
      ),
    );
  }
  let login: LoggedIn | undefined;
  await results.try(ask('log in by it', 'allowed'), way, () =>
    works(async () => {
      login = await enter(means, consumer.name, consumer.name, subject.connection, pair);
    }),
  );
  if (login === undefined) return;
  const { connection } = login;
  await results.try(ask('have the next certificate signed', 'allowed'), way, () =>
    works(() => sign(connection, renew)),
  );
  const again = ask('a first certificate, by the certificate login', 'denied');
  await results.try(again, way, () =>
    attempt(connection, {
      ...again,
      request: { method: 'POST', path: enrol, body: { csr: '' } },
    }),
  );
  await giveUp(login, means.remains);
}

async function haveSigned(connection: Connection, path: string, name: string): Promise<Pair> {
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const csr = certificateRequest(name, privateKey);
  const answer = await call(connection, { method: 'POST', path, body: { csr } });
  const { certificate } = signed.parse(answer?.data);
  const serial = new X509Certificate(certificate).serialNumber.toLowerCase();
  return {
    certificate,
    key: String(privateKey.export({ type: 'pkcs8', format: 'pem' })),
    serial: serial.match(/../g)?.join(':') ?? serial,
  };
}

function enter(
  { remains }: Means,
  who: string,
  role: string,
  connection: Connection,
  clientCertificate: Pair,
): Promise<LoggedIn> {
  const request = { path: `auth/${mounts.certificate}/login`, body: { name: role } };
  return logIn({ ...connection, token: undefined, clientCertificate }, request, who, remains);
}
