import type { TLSSocket } from 'node:tls';
import ipaddr from 'ipaddr.js';
import type { GithubBrokerContract } from '../contract/contract.ts';
import type { Proofs } from './proof.ts';
import { Refusal } from './refusal.ts';

/** Who asks. */
export interface Caller {
  readonly name: string;
  readonly by: 'certificate' | 'proof';
  readonly address: string;
}

/**
 * The consumer behind a request: by its client certificate of OpenBao's PKI where it sends one, else by a proof. From
 * its own addresses alone, as its logins are.
 *
 * @throws Refusal  401 not proved, or 403 from another address: in either case without a name
 */
export async function callerOf(
  socket: TLSSocket,
  authorization: string | undefined,
  contract: Pick<GithubBrokerContract, 'consumers'>,
  proofs: Proofs,
): Promise<Caller> {
  const address = plain(socket.remoteAddress ?? '');
  const certified = certificateName(socket);
  const [, proof = ''] = /^Bearer ([\w.-]+)$/.exec(authorization ?? '') ?? [];
  if (certified === undefined && proof === '') {
    throw new Refusal(401, 'anonymous', 'show a client certificate, or a proof');
  }
  const name = certified ?? (await proofs.nameOf(proof));
  const own = Object.hasOwn(contract.consumers, name) ? contract.consumers[name] : undefined;
  if (own === undefined) throw new Refusal(403, 'consumer', 'nothing of GitHub is granted to you');
  if (!own.from.some((network) => contains(network, address))) {
    throw new Refusal(403, 'address', 'that is not an address of this consumer');
  }
  return { name, by: certified === undefined ? 'proof' : 'certificate', address };
}

/**
 * @returns undefined where none was sent
 * @throws Refusal  one was sent, and it is not good: nothing else is tried in its place
 */
function certificateName(socket: TLSSocket): string | undefined {
  const { subject } = socket.getPeerCertificate() as { subject?: { CN?: unknown } };
  if (subject === undefined) return undefined;
  if (!socket.authorized) {
    throw new Refusal(401, 'certificate', 'the client certificate is not valid here');
  }
  // A name twice is a list, and names nobody.
  if (typeof subject.CN !== 'string' || subject.CN === '') {
    throw new Refusal(401, 'certificate', 'the client certificate names nobody');
  }
  return subject.CN;
}

/** A socket for both families says ::ffff:192.0.2.1. */
function plain(address: string): string {
  return ipaddr.isValid(address) ? ipaddr.process(address).toString() : '';
}

function contains(network: string, address: string): boolean {
  if (address === '') return false;
  const [base, bits] = ipaddr.parseCIDR(network);
  const own = ipaddr.parse(address);
  return own.kind() === base.kind() && own.match(base, bits);
}
