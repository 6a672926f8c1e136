import { has, object, oneOf, optionalText, text, type Shape } from '../../contract/shape.ts';

/** What is known of a SecretID when it is asked for: the mint itself may get lost. */
export interface Intended {
  readonly event: 'intended';
  /** Ties the mint to its intent. */
  readonly id: string;
  readonly consumer: string;
  /** RFC 3339, UTC, as every time here. */
  readonly at: string;
  /** After this no wrapping of it can live. */
  readonly expires: string;
}

export interface Minted {
  readonly event: 'minted';
  readonly id: string;
  readonly accessor: string;
  readonly consumer: string;
  readonly at: string;
  /** End of the wrapping token. */
  readonly expires: string;
  /** When the consumer should have confirmed its arrival. */
  readonly arriveBy: string;
  /** End of the SecretID itself, used or not. */
  readonly secretIdExpires: string;
}

/** The server refused to mint: there is nothing to look after. */
export interface Refused {
  readonly event: 'refused';
  readonly id: string;
  readonly at: string;
}

export const fates = ['arrived', 'destroyed', 'expired', 'intercepted', 'answered'] as const;

/** What became of a SecretID. `answered`: an interception whose credentials are all revoked. */
export type Fate = (typeof fates)[number];

export interface Fated {
  readonly event: Fate;
  readonly accessor: string;
  readonly at: string;
  readonly why?: string;
}

/** A line of the ledger. No field can hold a secret: accessors name credentials and do not give them. */
export type Entry = Intended | Minted | Refused | Fated;

/** @throws ShapeError  no entry of this version */
export function parseEntry(json: unknown): Entry {
  const entry = object(json, 'entry');
  const event = oneOf(entry, 'event', ['intended', 'minted', 'refused', ...fates]);
  const at = time(entry, 'at');
  switch (event) {
    case 'intended':
      return {
        event,
        id: text(entry, 'id'),
        consumer: text(entry, 'consumer'),
        at,
        expires: time(entry, 'expires'),
      };
    case 'minted':
      return {
        event,
        id: text(entry, 'id'),
        accessor: text(entry, 'accessor'),
        consumer: text(entry, 'consumer'),
        at,
        expires: time(entry, 'expires'),
        arriveBy: time(entry, 'arriveBy'),
        secretIdExpires: time(entry, 'secretIdExpires'),
      };
    case 'refused':
      return { event, id: text(entry, 'id'), at };
    case 'arrived':
    case 'destroyed':
    case 'expired':
    case 'intercepted':
    case 'answered':
      return {
        event,
        accessor: text(entry, 'accessor'),
        at,
        ...(has(entry, 'why') ? { why: optionalText(entry, 'why') } : {}),
      };
  }
}

function time(entry: Shape, key: string): string {
  const at = new Date(text(entry, key));
  return Number.isNaN(at.getTime()) ? text({ at: entry.at, value: {} }, key) : at.toISOString();
}
