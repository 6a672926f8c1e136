import { UserError } from '../../user-error.ts';
import { isInterception, verdicts, type Verdict as VerdictName } from '../verdict.ts';

/** What a consumer is let in by. */
export type Credential = 'secret-id' | 'certificate';

/** Holds no secret and nothing that a stranger wrote, unless it was cleaned of control characters. */
export interface Verdict {
  readonly name: VerdictName;
  /** What was judged; absent where there was nothing. */
  readonly credential?: Credential;
  /** What was seen. */
  readonly why: string;
  /** What a person does about it; absent where there is nothing to do. */
  readonly remedy?: string;
  /** Of the SecretID, where it is known: destroys it without knowing it. */
  readonly accessor?: string;
}

/** Somebody may hold what is this consumer's. */
export function isAlarm({ name }: Verdict): boolean {
  return isInterception(name) || name === 'cloned';
}

/** Thrown where a verdict ends what somebody else had begun. */
export class VerdictError extends UserError {
  override readonly name = 'VerdictError';
  override readonly exitStatus: number;
  readonly verdict: Verdict;

  constructor(verdict: Verdict) {
    super(sentence(verdict));
    this.verdict = verdict;
    this.exitStatus = verdicts[verdict.name];
  }
}

/** @example `intercepted: somebody opened the wrapping before; find out who with: backbone incident 1f3c...` */
export function sentence({ name, why, remedy }: Verdict): string {
  return [`${name}: ${why}`, ...(remedy === undefined ? [] : [remedy])].join('; ');
}

/** One line for people. */
export function line(consumer: string, verdict: Verdict): string {
  return `${consumer}: ${sentence(verdict)}`;
}

/** What a machine reads, as `--json`, in the record and at the webhook. */
export interface Report {
  readonly version: 1;
  readonly consumer: string;
  readonly verdict: VerdictName;
  readonly exit: number;
  readonly credential?: Credential;
  readonly accessor?: string;
  /** RFC 3339, UTC, by this host's clock. */
  readonly at: string;
  readonly host: string;
  readonly why: string;
  readonly remedy?: string;
}

export function report(consumer: string, host: string, verdict: Verdict): Report {
  const { name, credential, why, remedy, accessor } = verdict;
  return {
    version: 1,
    consumer,
    verdict: name,
    exit: verdicts[name],
    ...(credential === undefined ? {} : { credential }),
    ...(accessor === undefined ? {} : { accessor }),
    at: new Date().toISOString(),
    host,
    why,
    ...(remedy === undefined ? {} : { remedy }),
  };
}

/** A text from outside in one line, without control characters and cut to 200 characters. */
export function clean(text: string): string {
  const printable = text.replaceAll(/[^\x20-\x7e]+/g, '?');
  return printable.length > 200 ? `${printable.slice(0, 197)}...` : printable;
}
