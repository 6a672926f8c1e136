import { createPublicKey, sign, type KeyObject } from 'node:crypto';

/**
 * A certificate request: PKCS #10 (RFC 2986), for a key on the curve P-256 (RFC 5480), signed with ECDSA and
 * SHA-256 (RFC 5758). Node reads certificates and writes no requests, and this is all of DER that one takes.
 */

/** Tags of DER (X.690, 8.1.2) that occur here. */
const tags = { integer: 0x02, bits: 0x03, utf8: 0x0c, sequence: 0x30, set: 0x31, context0: 0xa0 };

/** Object identifiers with tag and length: `id-at-commonName` 2.5.4.3 and `ecdsa-with-SHA256` 1.2.840.10045.4.3.2. */
const commonNameId = Buffer.from('0603550403', 'hex');
const ecdsaWithSha256 = Buffer.from('06082a8648ce3d040302', 'hex');

/** One element: tag, length, content (X.690, 8.1.3: lengths from 128 on say how many bytes they take). */
function element(tag: number, ...content: readonly Buffer[]): Buffer {
  const body = Buffer.concat(content);
  const length =
    body.length < 0x80
      ? [body.length]
      : body.length < 0x100
        ? [0x81, body.length]
        : [0x82, body.length >> 8, body.length & 0xff];
  return Buffer.concat([Buffer.from([tag, ...length]), body]);
}

const bitString = (content: Buffer) => element(tags.bits, Buffer.from([0]), content);

/**
 * @param commonName  at most 64 characters (RFC 5280, ub-common-name)
 * @param privateKey  EC P-256; it signs the request and does not stand in it
 * @returns PEM
 */
export function certificateRequest(commonName: string, privateKey: KeyObject): string {
  const attribute = element(
    tags.sequence,
    commonNameId,
    element(tags.utf8, Buffer.from(commonName, 'utf8')),
  );
  const info = element(
    tags.sequence,
    element(tags.integer, Buffer.from([0])),
    element(tags.sequence, element(tags.set, attribute)),
    createPublicKey(privateKey).export({ type: 'spki', format: 'der' }),
    element(tags.context0),
  );
  const request = element(
    tags.sequence,
    info,
    element(tags.sequence, ecdsaWithSha256),
    bitString(sign('sha256', info, privateKey)),
  );
  const lines = request.toString('base64').match(/.{1,64}/g) ?? [];
  return [
    '-----BEGIN CERTIFICATE REQUEST-----',
    ...lines,
    '-----END CERTIFICATE REQUEST-----',
    '',
  ].join('\n');
}
