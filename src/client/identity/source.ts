import type { Contract } from '../../contract/contract.ts';
import type { Connection } from '../openbao.ts';

/**
 * Who this process is to OpenBao. A source is found by looking at this machine alone, so that a cached
 * session is given without a connection and without loading the code of one.
 */
export interface IdentitySource {
  /** For messages, e.g. `the token in BAO_TOKEN`. */
  readonly described: string;
  /**
   * Tells this identity from every other of this machine, and is no secret: caches are bound to it. Two
   * identities with one binding would get each other's sessions.
   */
  readonly binding: string;
  /**
   * A token of this identity.
   *
   * @param connection  without a token
   * @throws UserError  it is refused, or OpenBao cannot be reached
   */
  open(connection: Connection): Promise<OpenIdentity>;
}

/** A connection with a token, for as long as it is not closed. */
export interface OpenIdentity {
  readonly connection: Connection;
  /**
   * Revokes a token that was made for this use; leaves alone one that was there before. Does not throw: what
   * was done with the token is done, and an unrevoked one ends by itself. Says so on stderr.
   */
  close(): Promise<void>;
}

/** What may be looked at to find an identity. */
export interface Place {
  readonly env: NodeJS.ProcessEnv;
  readonly contract: Contract;
}

/**
 * Looks whether this machine has an identity of one kind. Quick and without a server; loads what `open` needs
 * only there, by `import()`.
 *
 * @returns undefined where there is none
 * @throws UserError  there is one, and it cannot be used: another one is not taken silently instead
 */
export type FindIdentity = (place: Place) => IdentitySource | undefined;
