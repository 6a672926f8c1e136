import 'reflect-metadata';
import { webcrypto } from 'node:crypto';
import * as x509 from '@peculiar/x509';

/** The handshake of hashicorp/go-plugin, seen from the plugin. */

/** Terraform sets this; it says "you were started by Terraform" and is no secret. */
export const cookie = {
  name: 'TF_PLUGIN_MAGIC_COOKIE',
  value: 'd602bf8f470bc67ca7faa0386276bbdd4330efaf76d1a219cb4d6991ca9872b2',
} as const;

/** The one line on stdout that tells Terraform where to connect. */
export function handshakeLine(
  socket: string,
  protocol: 5 | 6,
  serverCertificate?: Uint8Array,
): string {
  const certificate =
    serverCertificate === undefined
      ? ''
      : Buffer.from(serverCertificate).toString('base64').replaceAll('=', '');
  return `1|${String(protocol)}|unix|${socket}|grpc|${certificate}\n`;
}

export interface Identity {
  /** PEM. */
  readonly certificate: string;
  readonly privateKey: string;
  readonly der: Uint8Array;
}

/** A certificate for this one process, which Terraform pins from the handshake line. */
export async function createIdentity(): Promise<Identity> {
  const algorithm = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' } as const;
  const keys = await webcrypto.subtle.generateKey(algorithm, true, ['sign', 'verify']);
  const hour = 3_600_000;
  const certificate = await x509.X509CertificateGenerator.createSelfSigned({
    serialNumber: '01',
    name: 'CN=localhost',
    notBefore: new Date(Date.now() - hour),
    notAfter: new Date(Date.now() + 48 * hour),
    keys,
    signingAlgorithm: algorithm,
    extensions: [
      new x509.BasicConstraintsExtension(true, undefined, true),
      new x509.KeyUsagesExtension(
        x509.KeyUsageFlags.digitalSignature | x509.KeyUsageFlags.keyCertSign,
        true,
      ),
      new x509.ExtendedKeyUsageExtension([x509.ExtendedKeyUsage.serverAuth]),
      new x509.SubjectAlternativeNameExtension([{ type: 'dns', value: 'localhost' }]),
    ],
  });
  const key = await webcrypto.subtle.exportKey('pkcs8', keys.privateKey);
  return {
    certificate: certificate.toString('pem'),
    privateKey: x509.PemConverter.encode(key, 'PRIVATE KEY'),
    der: new Uint8Array(certificate.rawData),
  };
}

/** Calls back once when this process has lost its parent: Terraform was killed and cannot say goodbye. */
export function whenOrphaned(then: () => void): void {
  const parent = process.ppid;
  const timer = setInterval(() => {
    if (process.ppid === parent) return;
    clearInterval(timer);
    then();
  }, 200);
}
