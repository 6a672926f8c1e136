import {
  createPrivateKey,
  generateKeyPairSync,
  X509Certificate,
  type KeyObject,
} from 'node:crypto';
import { closeSync, fstatSync, openSync, readFileSync } from 'node:fs';
import { UserError } from '../../user-error.ts';
import type { Validity } from './renewal.ts';
import { identityFile } from './state-place.ts';
import { ensurePrivate, writeWhole } from './state.ts';

/** A consumer's key and its certificate. */
export interface Identity extends Validity {
  /** PEM. The key is a secret. */
  readonly pair: { readonly certificate: string; readonly key: string };
  readonly serial: string;
}

/**
 * Key and certificate are one file, so that changing both is one rename: there is no moment in which they do
 * not belong together. Go's and OpenSSL's readers take from it what they look for, so that `bao agent` reads
 * it as `client_cert` and as `client_key`.
 */
const file = identityFile;

/** A key that is made here and stays here. */
export function newKey(): KeyObject {
  return generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey;
}

/**
 * @returns undefined where there is none
 * @throws UserError  there is one that must not be used: open to others, of another user, or damaged
 */
export function readIdentity(state: string): Identity | undefined {
  const text = readPrivate(file(state));
  if (text === undefined) return undefined;
  try {
    return identityOf(text);
  } catch {
    throw new UserError(
      `${file(state)} is damaged: remove it and have a new SecretID issued for this host`,
    );
  }
}

/** @throws UserError  the certificate is not for this key, or not for this name */
export function storeIdentity(
  state: string,
  key: KeyObject,
  certificate: string,
  commonName: string,
): Identity {
  const parsed = new X509Certificate(certificate);
  if (!parsed.checkPrivateKey(key) || parsed.subject !== `CN=${commonName}`) {
    throw new UserError('the certificate that came back is not for this key and name: not stored');
  }
  ensurePrivate(state);
  const pem = `${String(key.export({ type: 'pkcs8', format: 'pem' }))}${parsed.toString()}`;
  writeWhole(file(state), pem);
  return identityOf(pem);
}

function identityOf(pem: string): Identity {
  const at = pem.indexOf('-----BEGIN CERTIFICATE-----');
  const key = pem.slice(0, at);
  const certificate = new X509Certificate(pem.slice(at));
  if (!certificate.checkPrivateKey(createPrivateKey(key))) throw new Error('not of one pair');
  return {
    pair: {
      certificate: certificate.toString(),
      key,
    },
    serial: certificate.serialNumber,
    notBefore: new Date(certificate.validFrom),
    notAfter: new Date(certificate.validTo),
  };
}

function readPrivate(path: string): string | undefined {
  let descriptor: number;
  try {
    descriptor = openSync(path, 'r');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw new UserError(`${path} cannot be read: run this as the user who owns it`);
  }
  try {
    const { mode, uid } = fstatSync(descriptor);
    if (uid !== process.getuid?.() || (mode & 0o077) !== 0) {
      throw new UserError(
        `${path} holds a private key and is open to others, or belongs to another user: whoever read it may ` +
          'use it; remove it and have a new SecretID issued for this host',
      );
    }
    return readFileSync(descriptor, 'utf8');
  } finally {
    closeSync(descriptor);
  }
}
