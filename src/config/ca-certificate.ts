import { X509Certificate } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import type { Finding, Path } from './refusal.ts';
import type { Declaration } from './declaration.ts';

/** What was found in a file: PEM certificates of CAs, or why they cannot be ones. Both absent: no file. */
export interface CaCertificates {
  readonly pem?: string;
  readonly findings: readonly Finding[];
}

/**
 * The certificate of the IAM Roles Anywhere CA. The trust anchor makes AWS believe every certificate of
 * this CA, so a leaf, a key or a stale file is refused here.
 */
export async function readCaCertificate(
  identity: Declaration['aws']['identity'] | undefined,
  directory: string,
): Promise<CaCertificates> {
  if (identity?.kind !== 'roles-anywhere') return { findings: [] };
  return readFrom(identity.caCertificate, directory, {
    path: ['aws', 'identity', 'caCertificate'],
    of: 'the CA that signs the OpenBao host certificate',
    several: false,
  });
}

/**
 * The CA of OpenBao's TLS certificate, for the contracts of clients: they believe every server that it
 * signed. While it is replaced, the old one and the new one.
 */
export async function readServerCa(
  openbao: Declaration['openbao'] | undefined,
  directory: string,
): Promise<CaCertificates> {
  if (openbao?.caCertificate === undefined) return { findings: [] };
  return readFrom(openbao.caCertificate, directory, {
    path: ['openbao', 'caCertificate'],
    of: 'the CA that signs the TLS certificate of OpenBao',
    several: true,
  });
}

interface Expected {
  readonly path: Path;
  readonly of: string;
  readonly several: boolean;
}

async function readFrom(
  file: string,
  directory: string,
  { path, of, several }: Expected,
): Promise<CaCertificates> {
  const refuse = (problem: string, fix: string) => ({ findings: [{ path, problem, fix }] });
  let text: string;
  try {
    text = await readFile(resolve(directory, file), 'utf8');
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    return refuse(
      `the file cannot be read (${code ?? 'unknown'})`,
      'put the public certificate of the CA there, relative to the declaration',
    );
  }
  if (text.includes('PRIVATE KEY')) {
    return refuse(
      'the file holds a private key',
      'name a file with the certificate alone, and keep the key away from this directory',
    );
  }
  const blocks = text.match(/-----BEGIN CERTIFICATE-----[^-]*-----END CERTIFICATE-----/g) ?? [];
  if (blocks.length === 0 || (blocks.length > 1 && !several)) {
    return refuse(
      `the file holds ${String(blocks.length)} PEM certificates`,
      `name a file with ${several ? 'at least' : 'exactly'} one: ${of}`,
    );
  }
  for (const block of blocks) {
    const fault = faultOf(block);
    if (fault !== undefined) return refuse(...fault);
  }
  return { pem: `${blocks.join('\n')}\n`, findings: [] };
}

function faultOf(block: string): readonly [problem: string, fix: string] | undefined {
  let certificate: X509Certificate;
  try {
    certificate = new X509Certificate(block);
  } catch {
    return ['the certificate in the file is damaged', 'export it again'];
  }
  if (!certificate.ca) {
    return ['the certificate is not one of a CA', 'name the CA, not the host certificate'];
  }
  if (Date.parse(certificate.validTo) < Date.now()) {
    return [`the certificate expired on ${certificate.validTo}`, 'renew the CA'];
  }
  return undefined;
}
