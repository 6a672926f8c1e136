import { object, optionalText, text } from '../../contract/shape.ts';
import { UserError } from '../../user-error.ts';

/** What was delivered. The wrapping token is a secret until it is used; everything else is for judging it. */
export interface Delivery {
  readonly wrappingToken: string;
  readonly roleId: string | undefined;
  /** Of the SecretID. */
  readonly accessor: string | undefined;
  /** End of the wrapping. */
  readonly expires: Date | undefined;
  readonly consumer: string | undefined;
}

/** What stands at the place of a delivery is none. The message holds nothing of it. */
export class NoDeliveryError extends UserError {
  override readonly name = 'NoDeliveryError';
}

/** Bytes that a delivery may have: an envelope has some 400. */
export const longestDelivery = 4096;

/**
 * Reads what was delivered: an envelope (JSON, version 1), or the bare wrapping token.
 *
 * @param place  for messages
 * @returns undefined where there is nothing but white space
 * @throws NoDeliveryError  it is neither
 */
export function parseDelivery(content: string, place: string): Delivery | undefined {
  const trimmed = content.trim();
  if (trimmed === '') return undefined;
  if (trimmed.length > longestDelivery) {
    throw new NoDeliveryError(`${place} holds more than a wrapping token`);
  }
  if (!trimmed.startsWith('{')) {
    const wrappingToken = token(trimmed, place);
    return {
      wrappingToken,
      roleId: undefined,
      accessor: undefined,
      expires: undefined,
      consumer: undefined,
    };
  }
  try {
    const envelope = object(JSON.parse(trimmed), place);
    if (envelope.value['version'] !== 1) {
      throw new NoDeliveryError(`${place} holds an envelope of another version than 1`);
    }
    return {
      wrappingToken: token(text(envelope, 'wrapping_token'), place),
      roleId: word(optionalText(envelope, 'role_id'), `${place}: role_id`),
      accessor: word(optionalText(envelope, 'accessor'), `${place}: accessor`),
      expires: moment(optionalText(envelope, 'expires'), `${place}: expires`),
      consumer: word(optionalText(envelope, 'consumer'), `${place}: consumer`),
    };
  } catch (error) {
    // What JSON.parse says quotes the text.
    if (error instanceof SyntaxError) throw new NoDeliveryError(`${place} is no JSON`);
    if (error instanceof NoDeliveryError) throw error;
    throw new NoDeliveryError((error as Error).message);
  }
}

/** Tokens of OpenBao are `s.` or `hvs.` and base62 or base64url (OpenBao documentation, "Tokens"). */
function token(value: string, place: string): string {
  if (!/^[A-Za-z0-9._-]{8,512}$/.test(value)) {
    throw new NoDeliveryError(`${place} holds no wrapping token`);
  }
  return value;
}

/** Names, role ids and accessors: printable, without anything that a terminal or a shell would act on. */
export function word(value: string | undefined, place: string): string | undefined {
  if (value !== undefined && !/^[A-Za-z0-9._-]{1,128}$/.test(value)) {
    throw new NoDeliveryError(`${place} has characters that do not belong there`);
  }
  return value;
}

/** RFC 3339. */
export function moment(value: string | undefined, place: string): Date | undefined {
  if (value === undefined) return undefined;
  const form = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,9})?(Z|[+-]\d\d:\d\d)$/;
  const time = form.test(value) ? Date.parse(value) : Number.NaN;
  if (Number.isNaN(time))
    throw new NoDeliveryError(`${place} is no time like 2026-01-31T12:00:00Z`);
  return new Date(time);
}
