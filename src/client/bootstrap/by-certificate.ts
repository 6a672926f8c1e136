import { loginByCertificate, renewIfDue, type CertificateLogin } from '../certificate/login.ts';
import type { Connection } from '../openbao.ts';
import type { Ended, Host } from './host.ts';
import type { Patience } from './patience.ts';
import { clean, VerdictError } from './verdict.ts';

/**
 * Lets a consumer in by its certificate, and renews that in good time.
 *
 * @returns undefined where there is no certificate
 * @throws VerdictError  any other verdict than `delivered`
 */
export async function byCertificate(host: Host, trying: Patience): Promise<Ended | undefined> {
  for (;;) {
    try {
      const login = await loginByCertificate(host.connection, host.contract, host.state);
      if (login === undefined) return undefined;
      const connection = { ...host.connection, token: login.token };
      await renew(host, connection, login);
      const until = login.identity.notAfter.toISOString();
      return {
        verdict: {
          name: 'delivered',
          credential: 'certificate',
          why: `it came by its certificate, which was good until ${until}`,
        },
        session: { connection, ttl: login.ttl },
      };
    } catch (error) {
      const again = error instanceof VerdictError && error.verdict.name === 'unreachable';
      if (!again || !(await trying.again())) throw error;
    }
  }
}

/** A renewal that fails now is tried at the next login; the last third of the life is there for that. */
async function renew(host: Host, connection: Connection, login: CertificateLogin): Promise<void> {
  try {
    const renewed = await renewIfDue(connection, host.contract, host.state, login.identity);
    if (renewed !== undefined) {
      host.say(`the certificate was renewed, and is good until ${renewed.notAfter.toISOString()}`);
    }
  } catch (error) {
    const until = login.identity.notAfter.toISOString();
    host.say(
      `the certificate, good until ${until}, could not be renewed: ${clean((error as Error).message)}`,
    );
  }
}
