import {
  constants,
  createCipheriv,
  createPrivateKey,
  createPublicKey,
  publicEncrypt,
  randomBytes,
  type KeyObject,
} from 'node:crypto';
import { UserError } from '../../user-error.ts';

/** Sizes of RSA keys that transit has a type for (OpenBao API, "Transit", "Create key"). */
const sizes = [2048, 3072, 4096];

/** A private key that is about to be brought. */
export interface BroughtKey {
  readonly key: KeyObject;
  /** Type in transit, e.g. `rsa-2048`. */
  readonly type: string;
  /** DER of the public half, base64: it is no secret, and tells keys apart. */
  readonly publicDer: string;
}

/**
 * Reads the key that GitHub gave (PKCS #1 or #8, PEM); the bytes that it stood in are overwritten.
 *
 * @throws UserError  it is no RSA key of a size that transit has; the message holds none of it
 */
export function readAppKey(pem: Buffer): BroughtKey {
  let key: KeyObject;
  try {
    key = createPrivateKey({ key: pem, format: 'pem' });
  } catch {
    throw new UserError('that is no private key in PEM without a password, as GitHub gives it');
  } finally {
    pem.fill(0);
  }
  const size = key.asymmetricKeyDetails?.modulusLength ?? 0;
  if (key.asymmetricKeyType !== 'rsa' || !sizes.includes(size)) {
    throw new UserError(`a GitHub App has an RSA key of 2048 bits, and that is none`);
  }
  return { key, type: `rsa-${String(size)}`, publicDer: derOf(createPublicKey(key)) };
}

export function derOf(publicKey: KeyObject): string {
  return publicKey.export({ type: 'spki', format: 'der' }).toString('base64');
}

/**
 * Wraps a key for transit (OpenBao documentation, "Key wrapping for transit key import"): an ephemeral AES-256 key by
 * RSA-OAEP with SHA-256, then the key in PKCS #8 by that one, AES-KWP (RFC 5649). What was in the clear meanwhile is
 * overwritten.
 *
 * @param wrappingKey  PEM of transit's public key
 * @returns base64
 */
export function wrapKey({ key }: Pick<BroughtKey, 'key'>, wrappingKey: string): string {
  const ephemeral = randomBytes(32);
  const der = key.export({ type: 'pkcs8', format: 'der' });
  try {
    const cipher = createCipheriv('id-aes256-wrap-pad', ephemeral, alternativeInitialValue);
    const wrapped = Buffer.concat([cipher.update(der), cipher.final()]);
    const padding = constants.RSA_PKCS1_OAEP_PADDING;
    const sealed = publicEncrypt({ key: wrappingKey, padding, oaepHash: 'sha256' }, ephemeral);
    return Buffer.concat([sealed, wrapped]).toString('base64');
  } finally {
    ephemeral.fill(0);
    der.fill(0);
  }
}

/** RFC 5649, section 3. */
const alternativeInitialValue = Buffer.from('a65959a6', 'hex');
