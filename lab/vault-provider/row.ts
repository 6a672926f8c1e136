import type { OpenBao } from './openbao.ts';
import { changed, type Rules } from './plan.ts';
import { isZero, unknown, type Type, type Value, type Values } from './value.ts';

/** Attributes as the server tells them, still in its JSON; what is missing stays as it is in the state. */
export type Found = Readonly<Record<string, unknown>>;

/** How one resource type lives in OpenBao. */
export interface Row {
  readonly rules: Rules;
  /** @default true */
  readonly importable?: boolean;
  /** What is wrong with a configuration, for a person; undefined where nothing is. */
  readonly validate?: (config: Values) => string | undefined;
  /** Creates or updates. Calls {@link Change.made} as soon as there is something that could be lost. */
  write(bao: OpenBao, change: Change): Promise<void>;
  /** @returns undefined when it is gone */
  read(bao: OpenBao, id: string, state: Values): Promise<Found | undefined>;
  remove(bao: OpenBao, id: string, state: Values): Promise<void>;
  /**
   * Attributes that no longer are what the server has. Asked while planning; the resource is made anew
   * where there is one.
   */
  readonly outdated?: (bao: OpenBao, state: Values) => Promise<readonly string[]>;
}

/** A planned change under way. */
export class Change {
  /** Attributes that only the answer to a write tells, and no later read. */
  told: Found = {};

  /** Id of what exists now; undefined before a create has made it. */
  id: string | undefined;

  constructor(
    private readonly prior: Values | null,
    private readonly planned: Values,
    /** The configuration itself: the only place that has write-only values. */
    readonly config: Values,
    private readonly types: Readonly<Record<string, Type>>,
  ) {
    const id = prior?.['id'];
    if (typeof id === 'string') this.id = id;
  }

  get isNew(): boolean {
    return this.prior === null;
  }

  made(id: string): void {
    this.id = id;
  }

  /** The planned value; null where it is not set or not known. */
  get(name: string): Value {
    const value = this.planned[name] ?? null;
    return value === unknown ? null : value;
  }

  text(name: string): string {
    const value = this.get(name);
    return typeof value === 'string' ? value : '';
  }

  /** A planned number in decimal; `0` where it is not set or not known. */
  number(name: string): string {
    const value = this.get(name);
    return typeof value === 'number' || typeof value === 'bigint' ? String(value) : '0';
  }

  /** The planned value; the zero value of its type where it is not set or not known. */
  orZero(name: string): Value {
    return this.get(name) ?? zero(this.types[name] ?? 'string');
  }

  has(name: string): boolean {
    return !isZero(this.get(name));
  }

  changes(...names: readonly string[]): boolean {
    return names.some((name) => changed(this.prior, this.planned, name));
  }
}

/** A mistake in the configuration that shows only when it meets the server. */
export class Refused extends Error {
  override readonly name = 'Refused';
}

function zero(type: Type): Value {
  switch (type) {
    case 'string':
      return '';
    case 'number':
      return 0;
    case 'bool':
      return false;
    default:
      return type[0] === 'list' || type[0] === 'set' ? [] : {};
  }
}
