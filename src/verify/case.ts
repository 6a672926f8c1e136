/** Who tries, and what is tried: rows of the same kind answer the same question. */
export const kinds = [
  'KV read',
  'KV other',
  'AWS session',
  'AWS use',
  'login',
  'address',
  'expiry',
  'certificate',
  'engine',
  'Infisical',
  'server',
] as const;
export type Kind = (typeof kinds)[number];

export type Expected = 'allowed' | 'denied';

/**
 * `could not`: it was due and no answer came that tells. `not tried`: this machine has not what it takes;
 * neither is ever counted as passed.
 */
export type Got = Expected | 'could not' | 'not tried';

/** One question to the deployed backbone. */
export interface Question {
  /** A consumer or an identity of the program. */
  readonly who: string;
  readonly kind: Kind;
  /** What is tried, in words; names and paths, never a value. */
  readonly tries: string;
  readonly expected: Expected;
}

export interface Answer {
  readonly got: Got;
  /** What the server said, or why nobody asked. */
  readonly said: string;
}

export interface Tried extends Question, Answer {
  /** As whom it was tried: a real login at its address, a token of the verifier's role, the own token. */
  readonly way: string;
}

/** `open`: something works that must not. `shut`: something does not work that must. */
export type Outcome = 'as expected' | 'open' | 'shut' | 'could not' | 'not tried';

export function outcomeOf({ expected, got }: Pick<Tried, 'expected' | 'got'>): Outcome {
  if (got === 'could not' || got === 'not tried') return got;
  if (got === expected) return 'as expected';
  return got === 'allowed' ? 'open' : 'shut';
}

/** 3: something is open. 2: something is shut. 1: something could not be tried. 0: no surprise. */
export function exitCodeOf(tried: readonly Tried[]): 0 | 1 | 2 | 3 {
  const outcomes = new Set(tried.map(outcomeOf));
  if (outcomes.has('open')) return 3;
  if (outcomes.has('shut')) return 2;
  return outcomes.has('could not') || tried.length === 0 ? 1 : 0;
}
