import { inside, number, object } from '../../contract/shape.ts';
import { answered } from '../bootstrap/answered.ts';
import { byCertificate } from '../bootstrap/by-certificate.ts';
import type { Host, Session } from '../bootstrap/host.ts';
import { patience } from '../bootstrap/patience.ts';
import { clean } from '../bootstrap/verdict.ts';
import { ownConsumer } from '../certificate/consumer.ts';
import { call } from '../openbao.ts';
import { revokeSelf } from '../token.ts';
import { isWaning } from './rhythm.ts';

/** Seconds by a clock that nobody sets. */
const now = () => performance.now() / 1000;

/**
 * The token of a running consumer: renewed as long as the server allows, and then replaced by a login with the
 * certificate. A consumer without one keeps its token until that ends.
 */
export class LivingToken {
  #session: Session;
  #ends: number;
  #said = false;
  readonly #host: Host;

  constructor(host: Host, session: Session) {
    this.#host = host;
    this.#session = session;
    this.#ends = now() + session.ttl;
  }

  get connection() {
    return this.#session.connection;
  }

  get value(): string {
    return this.connection.token ?? '';
  }

  /** Whether another can be had without a new SecretID. */
  get isReplaceable(): boolean {
    return ownConsumer(this.#host.contract).certificate !== undefined;
  }

  /** Seconds; negative after its end. */
  get left(): number {
    return this.#ends - now();
  }

  /**
   * Renews or replaces it where that is due.
   *
   * @returns whether it is another token now
   * @throws VerdictError  the login by certificate ended with another verdict than `delivered`
   */
  async tend(): Promise<boolean> {
    if (!isWaning(this.left, this.#session.ttl)) return false;
    await this.#renew();
    if (!isWaning(this.left, this.#session.ttl)) return false;
    return this.#replace();
  }

  /** The server gives less than was asked for where the longest life of the token is near. */
  async #renew(): Promise<void> {
    if (this.left <= 0) return;
    const path = 'auth/token/renew-self';
    const asked = await answered(() => call(this.connection, { method: 'POST', path, body: {} }));
    if (asked.kind !== 'answer') return;
    this.#ends = now() + number(inside(object(asked.answer, path), 'auth'), 'lease_duration');
  }

  async #replace(): Promise<boolean> {
    const old = this.connection;
    const session = (await byCertificate(this.#host, patience(0)))?.session;
    if (session === undefined) {
      if (!this.#said) {
        const seconds = Math.max(0, Math.round(this.left));
        this.#host.say(
          `the token ends in ${String(seconds)} s and cannot be renewed any more: without a certificate, a new ` +
            'start with a new SecretID is needed',
        );
      }
      this.#said = true;
      return false;
    }
    this.#session = session;
    this.#ends = now() + session.ttl;
    await revokeSelf(old).catch(() => undefined);
    return true;
  }

  /** At the end of its use. */
  async revoke(): Promise<void> {
    if (this.left <= 0) return;
    await revokeSelf(this.connection).catch((error: unknown) => {
      this.#host.say(`the token could not be given up; it ends by itself: ${clean(String(error))}`);
    });
  }
}
