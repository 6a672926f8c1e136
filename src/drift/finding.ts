/** One thing in which the server is not what was synthesized. */
export interface Finding {
  /** `extra`: nobody declared it. `missing`: it is declared and not there. `differs`: it is another one. */
  readonly kind: 'extra' | 'missing' | 'differs';
  /** What it is and its name, e.g. `policy consumer-unpoller`. */
  readonly what: string;
  /** In which it differs, or what an extra one allows; never a secret value. */
  readonly found: string;
}

export const extra = (what: string, found: string): Finding => ({ kind: 'extra', what, found });
export const missing = (what: string): Finding => ({
  ...{ kind: 'missing', what, found: 'declared, and not on the server' },
});
export const differs = (what: string, found: string): Finding => ({ kind: 'differs', what, found });
