import { createHash, timingSafeEqual } from 'node:crypto';
import { Refusal } from './refusal.ts';

/** An API token: `user@realm!name=secret`. */
export interface ApiToken {
  /** `user@realm!name`. */
  readonly id: string;
  readonly secret: string;
}

/** @throws Error  not of that form; the text is not repeated */
export function parseToken(text: string): ApiToken {
  const [, id, secret] = /^([^\s!@=]+@[^\s!@=]+![^\s!@=]+)=(\S+)$/.exec(text) ?? [];
  if (id === undefined || secret === undefined) {
    throw new Error('a Proxmox API token has the form user@realm!name=secret');
  }
  return { id, secret };
}

/** @throws Refusal  401, as Proxmox words it */
export function authenticate(header: string | undefined, expected: ApiToken): void {
  const [, text] = /^PVEAPIToken=(.*)$/.exec(header ?? '') ?? [];
  if (text === undefined) throw new Refusal(401, 'No ticket');
  let shown: ApiToken;
  try {
    shown = parseToken(text);
  } catch {
    throw new Refusal(401, 'invalid token value!');
  }
  if (shown.id !== expected.id) {
    const [user = '', name = ''] = shown.id.split('!');
    throw new Refusal(401, `no such token '${name}' for user '${user}'`);
  }
  const hash = (secret: string) => createHash('sha256').update(secret).digest();
  if (!timingSafeEqual(hash(shown.secret), hash(expected.secret))) {
    throw new Refusal(401, 'invalid token value!');
  }
}
