import { createHash } from 'node:crypto';
import { closeSync, fsyncSync, openSync, readFileSync, writeSync } from 'node:fs';
import { z } from 'zod';
import { writeWhole } from '../client/certificate/state.ts';
import { Refusal } from './refusal.ts';

const entry = z.object({
  /** Milliseconds. */
  at: z.number(),
  consumer: z.string(),
  verb: z.string(),
  /** Hash of the idempotency key, */
  key: z.string(),
  /** and of what was asked, without the value of a secret. */
  asked: z.string(),
  state: z.enum(['begun', 'done', 'failed']),
  answer: z.unknown().optional(),
});
type Entry = z.infer<typeof entry>;

const hour = 3_600_000;
const day = 24 * hour;

/** One use of a verb. */
export interface Use {
  readonly consumer: string;
  readonly verb: string;
  readonly key: string;
  readonly asked: unknown;
}

/**
 * What verbs were used for: each use is on disk before it is begun, so that neither a restart nor a kill lets one be
 * done twice, or more often within an hour than is allowed.
 */
export class Ledger {
  readonly #file: string;
  readonly #entries = new Map<string, Entry>();
  readonly #now: () => number;

  /** @throws UserError  the place cannot be written */
  constructor(file: string, now: () => number = Date.now) {
    this.#file = file;
    this.#now = now;
    for (const one of read(file)) this.#entries.set(idOf(one), one);
    this.#forget();
    writeWhole(file, [...this.#entries.values()].map(line).join(''));
  }

  /**
   * Begins a use.
   *
   * @param limit  uses that are allowed to the consumer within an hour; undefined: as many as it likes
   * @returns the answer of an earlier one with the same key; undefined: go on, and say how it ended
   * @throws Refusal  409 another use had that key, or it is not known how it ended; 429 too many
   */
  begin(use: Use, limit: number | undefined): { readonly answer: unknown } | undefined {
    this.#forget();
    const made = this.#entryOf(use);
    const before = this.#entries.get(idOf(made));
    if (before !== undefined && before.state !== 'failed') {
      if (before.asked !== made.asked || before.verb !== made.verb) {
        throw new Refusal(409, 'key-reused', 'this Idempotency-Key was used for something else');
      }
      if (before.state === 'done') return { answer: before.answer };
      throw new Refusal(
        409,
        'unknown-outcome',
        'the same was begun before, and how it ended is not known: look at GitHub, then use a new Idempotency-Key',
      );
    }
    const free = limit === undefined ? 0 : this.#freeAt(use, limit);
    if (free > this.#now()) {
      throw new Refusal(
        429,
        'too-many',
        `${use.verb} is allowed ${String(limit)} times an hour`,
        Math.ceil((free - this.#now()) / 1000),
      );
    }
    this.#write(made);
    return undefined;
  }

  /** @param state  `failed`: certainly not done, so the same key may be tried again */
  end(use: Use, state: 'done' | 'failed', answer?: unknown): void {
    const begun = this.#entryOf(use);
    const at = this.#entries.get(idOf(begun))?.at ?? begun.at;
    this.#write({ ...begun, at, state, ...(answer === undefined ? {} : { answer }) });
  }

  /** When the next one is allowed. */
  #freeAt({ consumer, verb }: Use, limit: number): number {
    const recent = [...this.#entries.values()]
      .filter((one) => one.consumer === consumer && one.verb === verb && one.state !== 'failed')
      .map(({ at }) => at)
      .filter((at) => at > this.#now() - hour)
      .sort((a, b) => a - b);
    const oldest = recent.at(-limit);
    return recent.length < limit || oldest === undefined ? 0 : oldest + hour;
  }

  #entryOf({ consumer, verb, key, asked }: Use): Entry {
    const hashed = { key: hash(key), asked: hash(JSON.stringify(asked)) };
    return { at: this.#now(), consumer, verb, ...hashed, state: 'begun' };
  }

  #forget(): void {
    for (const [id, { at }] of this.#entries) {
      if (at < this.#now() - day) this.#entries.delete(id);
    }
  }

  #write(one: Entry): void {
    const descriptor = openSync(this.#file, 'a', 0o600);
    try {
      writeSync(descriptor, line(one));
      fsyncSync(descriptor);
    } finally {
      closeSync(descriptor);
    }
    this.#entries.set(idOf(one), one);
  }
}

const idOf = ({ consumer, key }: Entry) => `${consumer} ${key}`;
const line = (one: Entry) => `${JSON.stringify(one)}\n`;
const hash = (text: string) => createHash('sha256').update(text).digest('hex');

/** Later lines count. One that was cut off by a kill was not begun: it is left out. */
function read(file: string): readonly Entry[] {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw error;
  }
  return text.split('\n').flatMap((one) => {
    try {
      return [entry.parse(JSON.parse(one))];
    } catch {
      return [];
    }
  });
}
