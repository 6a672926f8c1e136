import { readFileSync } from 'node:fs';
import type { Contract, GithubBrokerContract } from '../contract/contract.ts';
import { inside, object, text } from '../contract/shape.ts';
import { call, OpenBaoError, type Connection } from '../client/openbao.ts';
import { exchange, NoAnswer } from '../client/transport.ts';
import { Refusal } from './refusal.ts';

/** What of OpenBao the broker uses. */
export interface OpenBao {
  /** Signs as the App: RS256, by the newest version of the key. @throws Refusal */
  sign(input: string): Promise<Buffer>;
  /** What anybody may read there. @throws OpenBaoError */
  read(path: string): Promise<unknown>;
  /** One look, without a second one. */
  health(): Promise<OpenBaoHealth>;
}

export type OpenBaoHealth = 'ok' | 'sealed' | 'unreachable' | 'token refused';

/**
 * @param tokenFile  always has the token of the moment: `backbone run --with-token` looks after it
 */
export function openBao(
  { sign }: Pick<GithubBrokerContract, 'sign'>,
  connection: Connection,
  tokenFile: string,
): OpenBao {
  const token = () => readFileSync(tokenFile, 'utf8').trim();
  const withToken = (): Connection => ({ ...connection, token: token() });
  return {
    async sign(input) {
      const body = {
        input: Buffer.from(input).toString('base64'),
        signature_algorithm: 'pkcs1v15',
      };
      try {
        const answer = await call(withToken(), { method: 'POST', path: sign, body });
        const signature = text(inside(object(answer, sign), 'data'), 'signature');
        const [, , encoded = ''] = signature.split(':');
        return Buffer.from(encoded, 'base64');
      } catch (error) {
        throw refusalOf(error);
      }
    },
    read: (path) => call(connection, { method: 'GET', path }),
    async health() {
      try {
        const { status } = await look(connection, 'sys/health', undefined);
        if (status === 503) return 'sealed';
        if (status !== 200 && status !== 429) return 'unreachable';
        const own = await look(connection, 'auth/token/lookup-self', token());
        return own.status === 200 ? 'ok' : 'token refused';
      } catch (error) {
        if (error instanceof NoAnswer) return 'unreachable';
        return 'token refused';
      }
    },
  };
}

/** @throws NoAnswer */
function look({ address, ca, localAddress }: Connection, path: string, token: string | undefined) {
  return exchange({
    url: `${address}/v1/${path}`,
    method: 'GET',
    headers: {
      'X-Vault-Request': 'true',
      ...(token === undefined ? {} : { 'X-Vault-Token': token }),
    },
    body: undefined,
    ca,
    clientCertificate: undefined,
    localAddress,
    patience: 5_000,
  });
}

function refusalOf(error: unknown): Refusal {
  if (error instanceof OpenBaoError) {
    if (error.status === 503) return new Refusal(503, 'openbao-sealed', 'OpenBao is sealed', 30);
    if (error.status === undefined) {
      return new Refusal(503, 'openbao-unreachable', 'OpenBao cannot be reached', 10);
    }
    if (error.status === 400) {
      return new Refusal(503, 'no-key', 'the key of the App is not in OpenBao yet: import it');
    }
    return new Refusal(503, 'openbao-refused', 'OpenBao does not let the broker sign', 10);
  }
  return new Refusal(503, 'openbao-token', 'the broker has no token of OpenBao', 10);
}

/** All of the broker's own contract. @throws Error  it is another host's */
export function brokerContract({ githubBroker }: Contract): GithubBrokerContract {
  if (githubBroker === undefined) {
    throw new Error(
      'this contract is not that of the GitHub broker: write it with `backbone contract --consumer <its name>`',
    );
  }
  return githubBroker;
}
