import { X509Certificate, type KeyObject } from 'node:crypto';
import * as x509 from '@peculiar/x509';
import { Refusal } from '../refusal.ts';

/** An end-entity certificate that chains up to a trust anchor, and what its session takes from it. */
export interface Workload {
  readonly publicKey: KeyObject;
  /** In decimal, as the Credential of a signature names it. */
  readonly serial: string;
  /** Lower-case hex: the usual name of the session. */
  readonly serialHex: string;
  readonly commonName: string;
  /** `x509Subject/CN`, `x509Issuer/O`, `x509SAN/DNS` and so on. */
  readonly principalTags: Readonly<Record<string, string>>;
}

const untrusted = (why: string) => new Refusal('denied', `Untrusted certificate. ${why}`);
/** IAM Roles Anywhere takes up to five intermediate certificates. */
const longestChain = 5;

/**
 * Reads the certificates of a PEM bundle, which is what a trust anchor is made of.
 *
 * @throws Refusal  where there is none, or one is not a CA
 */
export function readBundle(pem: string): X509Certificate[] {
  const blocks = pem.match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g) ?? [];
  const certificates = blocks.map((block) => parse(block, 'the bundle'));
  if (certificates.length === 0 || certificates.some(({ ca }) => !ca)) {
    throw new Refusal('invalid', 'Incorrect basic constraints for CA certificate');
  }
  return certificates;
}

/**
 * Path validation from the leaf to a CA of the anchor: signatures, CA flags and validity of every
 * certificate, key usage of the leaf (IAM Roles Anywhere user guide, "Signature validation").
 * Path lengths and revocation lists are not looked at.
 *
 * @param header  `X-Amz-X509`: base64 of the DER
 * @param chain   `X-Amz-X509-Chain`: the same, comma-separated, in any order
 * @param now     milliseconds
 */
export function verifyChain(
  header: string | undefined,
  chain: string | undefined,
  anchor: readonly X509Certificate[],
  now: number,
): Workload {
  if (header === undefined) throw new Refusal('unsigned', 'Missing Authentication Token');
  const leaf = parse(Buffer.from(header, 'base64'), 'X-Amz-X509');
  const between = (chain ?? '')
    .split(',')
    .filter((part) => part.trim() !== '')
    .map((part) => parse(Buffer.from(part, 'base64'), 'X-Amz-X509-Chain'));
  if (between.length > longestChain) throw untrusted('The chain is too long.');
  if (leaf.ca) throw untrusted('Insufficient certificate');
  const usage = new x509.X509Certificate(leaf.raw).getExtension(x509.KeyUsagesExtension);
  if (usage !== null && (usage.usages & x509.KeyUsageFlags.digitalSignature) === 0) {
    throw untrusted('Insufficient certificate');
  }
  if (!leadsTo(leaf, between, anchor, now)) {
    throw untrusted(
      isCurrent(leaf, now)
        ? 'Insufficient certificate'
        : 'The certificate is not valid at this time',
    );
  }
  return workload(leaf);
}

function leadsTo(
  certificate: X509Certificate,
  between: readonly X509Certificate[],
  anchor: readonly X509Certificate[],
  now: number,
): boolean {
  if (!isCurrent(certificate, now)) return false;
  const signed = (issuer: X509Certificate) =>
    issuer.ca && certificate.checkIssued(issuer) && certificate.verify(issuer.publicKey);
  if (anchor.some((ca) => signed(ca) && isCurrent(ca, now))) return true;
  return between.some(
    (next) =>
      signed(next) &&
      leadsTo(
        next,
        between.filter((other) => other !== next),
        anchor,
        now,
      ),
  );
}

function isCurrent(certificate: X509Certificate, now: number): boolean {
  return Date.parse(certificate.validFrom) <= now && now <= Date.parse(certificate.validTo);
}

function workload(leaf: X509Certificate): Workload {
  const parsed = new x509.X509Certificate(leaf.raw);
  const tags: Record<string, string> = {};
  const add = (key: string, values: readonly string[]) => {
    // AWS maps several values of one field by rules of their own; the lab knows the plain case only.
    if (values.length > 1) throw untrusted(`The lab knows one ${key} a certificate.`);
    if (values[0] !== undefined) tags[key] = values[0];
  };
  for (const [prefix, name] of [
    ['x509Subject', parsed.subjectName],
    ['x509Issuer', parsed.issuerName],
  ] as const) {
    const types = new Set(name.toJSON().flatMap((entry) => Object.keys(entry)));
    for (const type of types) add(`${prefix}/${type}`, name.getField(type));
  }
  const names = parsed.getExtension(x509.SubjectAlternativeNameExtension)?.names.items ?? [];
  for (const [key, type] of [
    ['x509SAN/DNS', 'dns'],
    ['x509SAN/URI', 'url'],
  ] as const) {
    const first = names.find((name) => name.type === type)?.value;
    if (first !== undefined) tags[key] = first;
  }
  const commonName = tags['x509Subject/CN'];
  if (commonName === undefined) throw untrusted('The subject has no common name.');
  const serialHex = leaf.serialNumber.toLowerCase();
  return {
    publicKey: leaf.publicKey,
    serial: BigInt(`0x${serialHex}`).toString(),
    serialHex,
    commonName,
    principalTags: tags,
  };
}

function parse(data: Buffer | string, where: string): X509Certificate {
  try {
    return new X509Certificate(data);
  } catch {
    throw new Refusal('invalid', `${where} does not hold a certificate.`);
  }
}
