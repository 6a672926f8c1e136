import { createPublicKey, generateKeyPairSync } from 'node:crypto';
import { Pkcs10CertificateRequest } from '@peculiar/x509';
import { describe, expect, it } from 'vitest';
import { certificateRequest } from '../../../src/client/certificate/csr.ts';

const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });

describe('a certificate request', () => {
  // Lengths below 128 bytes take one byte in DER, below 256 two, and more three.
  it.each(['a', 'unpoller', 'x'.repeat(64), 'x'.repeat(200)])(
    'names %s and its public key, and its signature is good',
    async (name) => {
      const read = new Pkcs10CertificateRequest(certificateRequest(name, privateKey));
      expect(read.subject).toBe(`CN=${name}`);
      expect(Buffer.from(read.publicKey.rawData)).toEqual(
        createPublicKey(privateKey).export({ type: 'spki', format: 'der' }),
      );
      expect(await read.verify()).toBe(true);
    },
  );

  it('holds no part of the private key', () => {
    const { d = '' } = privateKey.export({ format: 'jwk' });
    const der = Buffer.from(
      certificateRequest('unpoller', privateKey).replaceAll(/-----.*-----|\s/g, ''),
      'base64',
    );
    expect(der.includes(Buffer.from(d, 'base64url'))).toBe(false);
  });

  it('is not good for another key', async () => {
    const other = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    const spki = (key: typeof privateKey) =>
      createPublicKey(key).export({ type: 'spki', format: 'der' }).toString('hex');
    const changed = Buffer.from(
      certificateRequest('unpoller', privateKey).replaceAll(/-----.*-----|\s/g, ''),
      'base64',
    )
      .toString('hex')
      .replace(spki(privateKey), spki(other.privateKey));
    const read = new Pkcs10CertificateRequest(Buffer.from(changed, 'hex'));
    expect(await read.verify()).toBe(false);
  });
});
