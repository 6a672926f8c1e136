import { createHash } from 'node:crypto';

/** One line of the audit log: who asked for what, and what became of it. */
export interface AuditRecord {
  readonly event: 'token' | 'revoke' | 'verb' | 'refused' | 'start';
  readonly request?: string;
  readonly consumer?: string;
  /** How it proved who it is. */
  readonly by?: 'certificate' | 'proof';
  readonly address?: string;
  readonly context?: string;
  readonly account?: string;
  readonly repositories?: readonly string[];
  readonly permissions?: Readonly<Record<string, string>>;
  readonly verb?: string;
  readonly outcome: string;
  readonly why?: string;
  /** As GitHub's own audit log names a token, `hashed_token`. */
  readonly hashed_token?: string;
  readonly expires_at?: string;
}

export type Audit = (record: AuditRecord) => void;

/** JSON lines, for the journal. */
export function auditTo(write: (line: string) => void, now: () => Date = () => new Date()): Audit {
  return (record) => {
    write(`${JSON.stringify({ time: now().toISOString(), ...record })}\n`);
  };
}

/**
 * Base64 of the SHA-256 (GitHub documentation, "Identifying audit log events performed by an access token"): with
 * it, what was done with a token is found there, and the token is not to be found here.
 */
export function hashedToken(token: string): string {
  return createHash('sha256').update(token).digest('base64');
}
