import type { GithubBrokerContract } from '../contract/contract.ts';
import { inside, object, text } from '../contract/shape.ts';
import type { OpenBao } from './openbao.ts';

/** Whom a client certificate is believed: the CA of consumers, and what it has revoked. PEM. */
export interface Trust {
  readonly ca: string;
  readonly crl: string;
}

/** Read from OpenBao, where anybody may read it. @throws OpenBaoError */
export async function readTrust(
  { consumerCa, consumerRevocations }: GithubBrokerContract,
  openbao: Pick<OpenBao, 'read'>,
): Promise<Trust> {
  const [ca, crl] = await Promise.all(
    [consumerCa, consumerRevocations].map(async (path) =>
      text(inside(object(await openbao.read(path), path), 'data'), 'certificate'),
    ),
  );
  if (ca === undefined || crl === undefined) throw new Error('two were asked for');
  return { ca, crl };
}
