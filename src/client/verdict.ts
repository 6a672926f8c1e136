/**
 * How a delivery ended, and the exit status that says so. A supervisor or a launcher tells by it what has to
 * be done; none of them is a status that a shell or a signal makes.
 */
export const verdicts = {
  delivered: 0,
  /** Somebody else opened the wrapping first. */
  intercepted: 41,
  expired: 42,
  /** Opened on its way and wrapped again. */
  're-wrapped': 43,
  /** Not made by this role's issuer. */
  'wrong-path': 44,
  'never-arrived': 45,
  /** OpenBao cannot be reached, or is sealed. */
  unreachable: 46,
  /** Two users of one certificate. */
  cloned: 47,
  /** Nobody else saw it, and the login is refused. */
  refused: 48,
} as const;
export type Verdict = keyof typeof verdicts;

/** @returns undefined for a status that is no verdict */
export function verdictOf(status: number): Verdict | undefined {
  return (Object.keys(verdicts) as Verdict[]).find((verdict) => verdicts[verdict] === status);
}

export function isVerdict(word: string): word is Verdict {
  return Object.hasOwn(verdicts, word);
}

/** Whether somebody else had the SecretID in hand. */
export function isInterception(verdict: Verdict): boolean {
  return verdict === 'intercepted' || verdict === 're-wrapped' || verdict === 'wrong-path';
}
