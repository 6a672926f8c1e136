import { createLocalJWKSet, errors, jwtVerify, type JSONWebKeySet } from 'jose';
import type { GithubBrokerContract } from '../contract/contract.ts';
import { object } from '../contract/shape.ts';
import type { OpenBao } from './openbao.ts';
import { Refusal } from './refusal.ts';

/** Milliseconds between two looks for a key that is not known. */
const pause = 10_000;

/**
 * Proofs of those who have no certificate: identity tokens of OpenBao (OpenBao API, "Identity tokens"). One opens
 * nothing in OpenBao, is for this broker, lives for a minute, and is good for one request.
 */
export class Proofs {
  #keys: ReturnType<typeof createLocalJWKSet> | undefined;
  #looked = Number.NEGATIVE_INFINITY;
  /** Those that were used, until they end. */
  readonly #used = new Map<string, number>();

  constructor(
    private readonly contract: Pick<GithubBrokerContract, 'audience' | 'proofKeys'>,
    private readonly openbao: Pick<OpenBao, 'read'>,
    private readonly now: () => number = Date.now,
  ) {}

  /**
   * @returns name of the consumer
   * @throws Refusal  401; 503 where OpenBao's keys cannot be had
   */
  async nameOf(proof: string): Promise<string> {
    const { name, end } = await this.#verified(proof);
    for (const [used, until] of this.#used) if (until < this.now()) this.#used.delete(used);
    const mark = markOf(proof);
    if (this.#used.has(mark)) throw refused('the proof was used before');
    this.#used.set(mark, end);
    return name;
  }

  async #verified(proof: string): Promise<{ readonly name: string; readonly end: number }> {
    for (const fresh of [false, true]) {
      try {
        const { payload } = await jwtVerify(proof, await this.#keySet(fresh), {
          algorithms: ['ES256'],
          audience: this.contract.audience,
          maxTokenAge: '5 minutes',
          requiredClaims: ['exp', 'iat', 'sub', 'name'],
          clockTolerance: 5,
          currentDate: new Date(this.now()),
        });
        if (typeof payload['name'] !== 'string') throw refused('the proof names nobody');
        return { name: payload['name'], end: (payload.exp ?? 0) * 1000 + 5_000 };
      } catch (error) {
        // A key that was rotated in a moment ago.
        if (error instanceof errors.JWKSNoMatchingKey && !fresh) continue;
        if (error instanceof errors.JOSEError) throw refused('the proof is not valid');
        throw error;
      }
    }
    throw refused('the proof is not valid');
  }

  async #keySet(fresh: boolean) {
    const due = this.#keys === undefined || (fresh && this.now() - this.#looked > pause);
    if (due) {
      this.#looked = this.now();
      try {
        const answer = object(await this.openbao.read(this.contract.proofKeys), 'keys');
        this.#keys = createLocalJWKSet(answer.value as unknown as JSONWebKeySet);
      } catch {
        throw new Refusal(
          503,
          'openbao-keys',
          'the keys of proofs cannot be read from OpenBao',
          10,
        );
      }
    }
    if (this.#keys === undefined) throw refused('no key is known');
    return this.#keys;
  }
}

function refused(message: string): Refusal {
  return new Refusal(401, 'proof', message);
}

/**
 * Tells proofs apart: what is signed, and the first half of the signature. Two proofs of one second differ in that
 * alone; of a signature by ECDSA anybody can make a second one, and that has the same first half.
 */
function markOf(proof: string): string {
  const dot = proof.lastIndexOf('.');
  const signature = Buffer.from(proof.slice(dot + 1), 'base64url');
  return `${proof.slice(0, dot)} ${signature.subarray(0, 32).toString('hex')}`;
}
