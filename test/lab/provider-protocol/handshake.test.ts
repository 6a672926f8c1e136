import { X509Certificate } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { createIdentity, handshakeLine } from '../../../lab/provider-protocol/go-plugin.ts';

describe('the handshake', () => {
  it('is one line of six fields', () => {
    expect(handshakeLine('/tmp/a/plugin.sock', 5)).toBe('1|5|unix|/tmp/a/plugin.sock|grpc|\n');
  });

  it('carries the certificate in base64 without padding, which Terraform refuses', async () => {
    const { der, certificate } = await createIdentity();
    const field = handshakeLine('/s', 6, der).trimEnd().split('|')[5] ?? '';
    expect(field).toMatch(/^[A-Za-z0-9+/]+$/);
    expect(new X509Certificate(Buffer.from(field, 'base64')).toString()).toBe(
      new X509Certificate(certificate).toString(),
    );
  });

  it('uses a certificate for localhost that is its own authority, as Terraform pins it', async () => {
    const parsed = new X509Certificate((await createIdentity()).certificate);
    expect(parsed.subjectAltName).toBe('DNS:localhost');
    expect(parsed.ca).toBe(true);
    expect(parsed.verify(parsed.publicKey)).toBe(true);
  });
});
