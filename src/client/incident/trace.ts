import { parseAuditEntry, type AuditEntry } from './audit-entry.ts';

/** One thing that was done with the SecretID, or with what came of it. */
export interface Step {
  readonly at: string;
  readonly kind:
    | 'issued'
    | 'looked up'
    | 'unwrapped'
    | 'wrapped again'
    | 'logged in'
    | 'certificate signed'
    | 'used'
    | 'destroyed';
  readonly from: string;
  readonly who: string;
  readonly path: string;
  readonly operation: string;
  /** Why the server refused it; absent where it did not. */
  readonly refused?: string;
}

/** What the audit log knows of one SecretID. */
export interface Trace {
  readonly steps: readonly Step[];
  /** Hashes of the accessors of every token that came of it. */
  readonly tokens: ReadonlySet<string>;
  /** Serial numbers of certificates that came of it and have been used, decimal. */
  readonly certificates: ReadonlySet<string>;
  /** Hashes of the serial numbers of every certificate that came of it. */
  readonly signed: ReadonlySet<string>;
  /** Lines that are no entry: cut short or damaged. */
  readonly unreadable: number;
}

/** HMAC of a text as the audit device writes it. */
export type Hash = (text: string) => Promise<string>;

/**
 * Follows a SecretID through the audit log: every entry that holds a hash of it, or of what an earlier entry gave
 * for one, belongs to it. OpenBao writes an answer down before it sends it, so a log in order is enough.
 *
 * @param lines  oldest first
 */
export async function trace(
  accessor: string,
  lines: AsyncIterable<string>,
  hash: Hash,
): Promise<Trace> {
  const follower = new Follower(await hash(accessor), hash);
  for await (const line of lines) await follower.take(line);
  return follower.result();
}

class Follower {
  private readonly accessor: string;
  private readonly hash: Hash;
  private readonly wrappings = new Set<string>();
  private readonly secretIds = new Set<string>();
  private readonly tokens = new Set<string>();
  private readonly tokenAccessors = new Set<string>();
  private readonly signed = new Set<string>();
  private readonly certificates = new Set<string>();
  /** By request, so that an answer replaces its question; one without an answer stays. */
  private readonly steps = new Map<string, Step>();
  private unreadable = 0;

  constructor(accessor: string, hash: Hash) {
    this.accessor = accessor;
    this.hash = hash;
  }

  async take(line: string): Promise<void> {
    if (!this.mayConcern(line)) return;
    let entry: AuditEntry;
    try {
      entry = parseAuditEntry(JSON.parse(line));
    } catch {
      this.unreadable += 1;
      return;
    }
    const kind = await this.kindOf(entry);
    if (kind === undefined) return;
    const { at, from, who, path, operation, error } = entry;
    const refused = error === undefined ? {} : { refused: oneLine(error) };
    this.steps.set(entry.id, { at, kind, from, who, path, operation, ...refused });
  }

  result(): Trace {
    return {
      steps: [...this.steps.values()],
      tokens: this.tokenAccessors,
      certificates: this.certificates,
      signed: this.signed,
      unreadable: this.unreadable,
    };
  }

  /** A search for a few hashes is quick; to read every entry of a large log is not. */
  private mayConcern(line: string): boolean {
    if (line.includes(this.accessor)) return true;
    if (this.signed.size > 0 && line.includes('"serial_number"')) return true;
    const sets = [this.wrappings, this.secretIds, this.tokens];
    return sets.some((set) => [...set].some((one) => line.includes(one)));
  }

  /** Also takes up what the answer gives. */
  private async kindOf(entry: AuditEntry): Promise<Step['kind'] | undefined> {
    const { path, sent, given, wrapped, login, token } = entry;
    if (wrapped?.accessor === this.accessor) {
      add(this.wrappings, wrapped.token);
      return path.startsWith('sys/wrapping/') ? 'wrapped again' : 'issued';
    }
    if (this.wrappings.has(sent['token'] ?? '') || this.wrappings.has(token ?? '')) {
      add(this.secretIds, given['secret_id']);
      add(this.wrappings, wrapped?.token);
      if (path === 'sys/wrapping/lookup') return 'looked up';
      return path === 'sys/wrapping/rewrap' ? 'wrapped again' : 'unwrapped';
    }
    if (this.secretIds.has(sent['secret_id'] ?? '')) {
      add(this.wrappings, wrapped?.token);
      this.takeToken(login);
      return path.startsWith('sys/wrapping/') ? 'wrapped again' : 'logged in';
    }
    if (this.tokens.has(token ?? '')) {
      this.takeToken(login);
      add(this.signed, given['serial_number']);
      return given['serial_number'] === undefined ? 'used' : 'certificate signed';
    }
    if (login !== undefined && (await this.isSigned(entry.serial))) {
      add(this.certificates, entry.serial);
      this.takeToken(login);
      return 'logged in';
    }
    if (sent['secret_id_accessor'] === this.accessor && path.endsWith('/destroy')) {
      return 'destroyed';
    }
    return undefined;
  }

  private takeToken(login: AuditEntry['login']): void {
    add(this.tokens, login?.token);
    add(this.tokenAccessors, login?.accessor);
  }

  /** The PKI writes a serial number with colons and the log has its hash; a login has it as a plain number. */
  private async isSigned(serial: string | undefined): Promise<boolean> {
    if (serial === undefined || this.signed.size === 0) return false;
    return this.signed.has(await this.hash(colonHex(serial)));
  }
}

/** @param serial  decimal */
export function colonHex(serial: string): string {
  if (!/^\d{1,60}$/.test(serial)) return '';
  const digits = BigInt(serial).toString(16);
  const even = digits.length % 2 === 0 ? digits : `0${digits}`;
  return (even.match(/../g) ?? []).join(':');
}

function add(set: Set<string>, value: string | undefined): void {
  if (value !== undefined) set.add(value);
}

function oneLine(text: string): string {
  return text
    .replaceAll(/[\s\p{C}]+/gu, ' ')
    .trim()
    .slice(0, 300);
}
