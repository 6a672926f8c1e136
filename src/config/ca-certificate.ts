import { X509Certificate } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import type { Finding } from './refusal.ts';
import type { Declaration } from './declaration.ts';

const path = ['aws', 'identity', 'caCertificate'];

/**
 * The PEM certificate of the IAM Roles Anywhere CA, or why it cannot be one. The trust anchor makes AWS
 * believe every certificate of this CA, so a leaf, a key or a stale file is refused here.
 */
export async function readCaCertificate(
  identity: Declaration['aws']['identity'],
  directory: string,
): Promise<{ readonly pem?: string; readonly findings: readonly Finding[] }> {
  if (identity.kind !== 'roles-anywhere') return { findings: [] };
  const refuse = (problem: string, fix: string) => ({ findings: [{ path, problem, fix }] });
  let text: string;
  try {
    text = await readFile(resolve(directory, identity.caCertificate), 'utf8');
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
  const [block] = blocks;
  if (block === undefined || blocks.length > 1) {
    return refuse(
      `the file holds ${String(blocks.length)} PEM certificates`,
      'name a file with exactly one: the CA that signs the OpenBao host certificate',
    );
  }
  let certificate: X509Certificate;
  try {
    certificate = new X509Certificate(block);
  } catch {
    return refuse('the certificate in the file is damaged', 'export it again');
  }
  if (!certificate.ca) {
    return refuse('the certificate is not one of a CA', 'name the CA, not the host certificate');
  }
  if (Date.parse(certificate.validTo) < Date.now()) {
    return refuse(`the certificate expired on ${certificate.validTo}`, 'renew the CA');
  }
  return { pem: `${block}\n`, findings: [] };
}
