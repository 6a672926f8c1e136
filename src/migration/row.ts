import type { Connection } from '../client/openbao.ts';
import type { Declaration } from '../config/declaration.ts';
import type { InfisicalConnection } from '../infisical/api.ts';
import type { GithubCas } from '../model/github-contract.ts';
import type { Backbone } from '../model/backbone.ts';

export type SecretClass = keyof Declaration['classes'];
export type State = Declaration['classes'][SecretClass];

/** One thing that was tried in this run. */
export interface Check {
  readonly what: string;
  /** `proved`: it worked by use; `failed`: it did not; `not tried`: it could not be, and `found` says why. */
  readonly outcome: 'proved' | 'failed' | 'not tried';
  /** What was seen, without any secret. */
  readonly found: string;
}

/** What is written of a class, whatever its state. */
export interface ClassPlan {
  readonly was: string;
  readonly target: string;
  /** From `dual` back to the old way. */
  readonly back: string;
  /** What a person does for the next step, by the state that the class has now. */
  readonly next: Readonly<Record<'current' | 'dual', string>>;
  /** What the target path needs and has not; empty where nothing is in the way. */
  readonly missing: (backbone: Backbone) => readonly string[];
  /** Uses the target path with its new credential. Nothing that is made for it stays. */
  readonly prove: (place: Place) => Promise<readonly Check[]>;
}

export interface Place {
  readonly backbone: Backbone;
  /** As an operator. */
  readonly connection: Connection;
  /** As whoever administers Infisical, or why there is nobody. */
  readonly infisical: { readonly connection: InfisicalConnection } | { readonly refused: string };
  /** CAs of GitHub and of the broker. */
  readonly githubCas: GithubCas;
  readonly env: NodeJS.ProcessEnv;
}

/** One row of the migration table. */
export interface Row {
  readonly class: SecretClass;
  readonly was: string;
  readonly target: string;
  /** As declared. */
  readonly state: State;
  /** The target path worked in this run, everything that belongs to it. */
  readonly proved: boolean;
  readonly checks: readonly Check[];
  /** Undefined at the target. */
  readonly next: string | undefined;
  readonly blockedBy: readonly string[];
  readonly back: string;
}

/** A row that is declared to be further than what was proved. */
export function overstated({ state, proved }: Row): boolean {
  return state !== 'current' && !proved;
}
