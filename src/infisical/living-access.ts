import { InfisicalError, type InfisicalConnection } from './api.ts';
import { logIn, logOut, renewToken, type AccessToken, type UniversalLogin } from './login.ts';

/** Seconds by a clock that nobody sets. */
const monotonic = () => performance.now() / 1000;

/**
 * An access token for as long as it is needed: each is replaced in the last third of its life, by renewal while
 * Infisical allows it, then by another login, which is a use of the client secret. A renewed token is another text:
 * whoever was given the first one has to be told of the next.
 */
export class LivingAccess {
  #held: AccessToken;
  /** On the clock of `now`. */
  #opened: number;
  #ends: number;
  readonly #place: Omit<InfisicalConnection, 'token'>;
  readonly #login: () => Promise<UniversalLogin>;
  readonly #now: () => number;

  /**
   * @param login  asked for each login, as another client secret may have been issued meanwhile
   * @param now    seconds. @default - a monotonic clock
   * @throws InfisicalError  refused: expired, used up, or from another address
   */
  static async open(
    place: Omit<InfisicalConnection, 'token'>,
    login: () => Promise<UniversalLogin>,
    now = monotonic,
  ): Promise<LivingAccess> {
    const at = now();
    return new LivingAccess(place, login, now, await logIn(place, await login()), at);
  }

  private constructor(
    place: Omit<InfisicalConnection, 'token'>,
    login: () => Promise<UniversalLogin>,
    now: () => number,
    first: AccessToken,
    at: number,
  ) {
    this.#place = place;
    this.#login = login;
    this.#now = now;
    this.#held = first;
    this.#opened = at;
    this.#ends = at + first.ttl;
  }

  get connection(): InfisicalConnection & { readonly token: string } {
    return { ...this.#place, token: this.#held.token };
  }

  /** Seconds that it lives; negative after its end. */
  get left(): number {
    return this.#ends - this.#now();
  }

  /**
   * Replaces it where that is due.
   *
   * @returns whether it is another one now
   * @throws InfisicalError  Infisical is not there, or takes the client secret no more; the token is as it was
   */
  async tend(): Promise<boolean> {
    if (this.left > this.#held.ttl / 3) return false;
    const at = this.#now();
    const renewed = await this.#renewed(at);
    if (renewed !== undefined) {
      this.#hold(renewed, at);
      return true;
    }
    const old = this.connection;
    const next = await logIn(this.#place, await this.#login());
    this.#opened = at;
    this.#hold(next, at);
    // It has little left, and nobody is told of it any more.
    await logOut(old).catch(() => undefined);
    return true;
  }

  /** Gives it up: every token that came of the same login is dead at once. */
  close(): Promise<void> {
    return logOut(this.connection);
  }

  #hold(token: AccessToken, at: number): void {
    this.#held = token;
    this.#ends = at + token.ttl;
  }

  /** @returns undefined where it cannot be renewed any more */
  async #renewed(at: number): Promise<AccessToken | undefined> {
    const { ttl, maxTtl } = this.#held;
    const isPast = maxTtl > 0 && at + ttl > this.#opened + maxTtl;
    if (isPast || this.left <= 0) return undefined;
    try {
      return await renewToken(this.connection);
    } catch (error) {
      // Refused: it was used up or revoked. Without an answer, it may be as good as before.
      if (error instanceof InfisicalError && error.status !== undefined) return undefined;
      throw error;
    }
  }
}
