import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { object, oneOf, text } from '../../contract/shape.ts';
import { ensurePrivate, inState, writeWhole } from '../certificate/state.ts';

/**
 * The last wrapping token that this host began to open, by its digest. A delivery that cannot be taken away,
 * such as a credential of systemd, comes again with every boot and is no new one; and a host that was stopped
 * while it opened one knows that it may have been its own thief.
 */
export interface Spent {
  /** `opening`: how it ended was never learnt. `used`: this host logged in with what was inside. */
  readonly phase: 'opening' | 'used';
  readonly at: Date;
}

const file = (state: string) => inState(state, 'delivery.json');

/** SHA-256; the token has 128 random bits and more, so that nothing is learnt from it. */
const digestOf = (wrappingToken: string) =>
  createHash('sha256').update(wrappingToken).digest('hex');

export function rememberDelivery(
  state: string,
  wrappingToken: string,
  phase: Spent['phase'],
): void {
  ensurePrivate(state);
  writeWhole(
    file(state),
    JSON.stringify({ sha256: digestOf(wrappingToken), phase, at: new Date().toISOString() }),
  );
}

/** @returns undefined where this is another token than the last, or nothing can be read */
export function recallDelivery(state: string, wrappingToken: string): Spent | undefined {
  try {
    const last = object(JSON.parse(readFileSync(file(state), 'utf8')), 'delivery.json');
    if (text(last, 'sha256') !== digestOf(wrappingToken)) return undefined;
    const at = new Date(text(last, 'at'));
    if (Number.isNaN(at.getTime())) return undefined;
    return { phase: oneOf(last, 'phase', ['opening', 'used']), at };
  } catch {
    return undefined;
  }
}
