import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { loadContract } from '../client/contract-file.ts';
import { connectionOf, fromEnv } from '../client/connection.ts';
import { ensurePrivate } from '../client/certificate/state.ts';
import { UserError } from '../user-error.ts';
import { auditTo } from './audit.ts';
import { Github } from './github.ts';
import { Ledger } from './ledger.ts';
import { Metrics } from './metrics.ts';
import { Mint } from './mint.ts';
import { brokerContract, openBao } from './openbao.ts';
import { Proofs } from './proof.ts';
import { brokerServer } from './server.ts';
import { readTrust } from './trust.ts';

/** Seconds between two looks at what was revoked. */
const lookEvery = 60;

/**
 * Runs the broker until it is told to end. Its environment: BACKBONE_CONTRACT, BAO_TOKEN_FILE (both as
 * `backbone run --with-token` gives them), BROKER_TLS_CERTIFICATE and BROKER_TLS_KEY (files), BROKER_STATE (a
 * directory of its own); BROKER_REVOCATIONS_EVERY (seconds, 60 where it is not set).
 *
 * @throws UserError  it cannot begin
 */
export async function runBroker(env: NodeJS.ProcessEnv): Promise<void> {
  const named = (name: string) => {
    const value = fromEnv(env, name);
    if (value === undefined) throw new UserError(`${name} is not set`);
    return value;
  };
  const whole = loadContract(env);
  const contract = brokerContract(whole);
  const state = named('BROKER_STATE');
  ensurePrivate(state);
  const openbao = openBao(contract, connectionOf(whole, env), named('BAO_TOKEN_FILE'));
  const metrics = new Metrics(() => github.heldFor);
  const github: Github = new Github(contract, Date.now, (status) => {
    metrics.github.inc({ status });
  });
  const audit = auditTo((line) => process.stdout.write(line));
  const tls = {
    certificate: readFileSync(named('BROKER_TLS_CERTIFICATE'), 'utf8'),
    key: readFileSync(named('BROKER_TLS_KEY'), 'utf8'),
  };
  const app = await brokerServer({
    ...{ contract, openbao, github, audit, metrics, tls },
    mint: new Mint(contract.clientId, openbao, github),
    proofs: new Proofs(contract, openbao),
    ledger: new Ledger(join(state, 'verbs.jsonl')),
    trust: await readTrust(contract, openbao),
  });
  await app.listen({ host: contract.address, port: contract.port });
  audit({ event: 'start', outcome: `listening on ${contract.address}:${String(contract.port)}` });

  // A list that cannot be read stays: it ends by itself, and then no certificate is believed any more.
  const timer = setInterval(
    () => {
      readTrust(contract, openbao)
        .then((trust) => {
          app.server.setSecureContext({
            ...{ cert: tls.certificate, key: tls.key, ...trust, minVersion: 'TLSv1.2' },
          });
        })
        .catch((error: unknown) => {
          process.stderr.write(`revocations were not read: ${(error as Error).message}\n`);
        });
    },
    seconds(fromEnv(env, 'BROKER_REVOCATIONS_EVERY')) * 1000,
  );
  await new Promise<void>((resolve) => {
    for (const signal of ['SIGTERM', 'SIGINT'] as const)
      process.once(signal, () => {
        resolve();
      });
  });
  clearInterval(timer);
  await app.close();
}

function seconds(text: string | undefined): number {
  if (text === undefined) return lookEvery;
  if (!/^[1-9]\d{0,3}$/.test(text)) {
    throw new UserError('BROKER_REVOCATIONS_EVERY takes a whole number of seconds, 1 to 9999');
  }
  return Number(text);
}
