/** What one look found, and what a person can do about it. */
export interface Finding {
  readonly check: string;
  readonly verdict: 'ok' | 'warning' | 'failed' | 'skipped';
  readonly found: string;
  readonly advice?: string;
}
