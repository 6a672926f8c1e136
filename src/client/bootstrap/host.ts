import type { Contract } from '../../contract/contract.ts';
import type { Connection } from '../openbao.ts';
import type { NamedPlaces } from './places.ts';
import type { Verdict } from './verdict.ts';

/** Where a bootstrap takes place. */
export interface Host {
  readonly env: NodeJS.ProcessEnv;
  readonly contract: Contract;
  /** Without a token. */
  readonly connection: Connection;
  /** Directory of the host's state. */
  readonly state: string;
  readonly places: NamedPlaces;
  /** Seconds for which a server that does not answer is asked again. */
  readonly wait: number;
  /** What is said meanwhile, to people. */
  readonly say: (message: string) => void;
}

/** A consumer that is in. */
export interface Session {
  /** With a token. */
  readonly connection: Connection;
  /** Seconds for which the token lives unless it is renewed. */
  readonly ttl: number;
}

/** Exactly one verdict; with `delivered` comes a session. */
export interface Ended {
  readonly verdict: Verdict;
  readonly session?: Session;
}
