import { X509Certificate } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import { isMap, isScalar, isSeq, parseDocument, visit, type Document } from 'yaml';
import type { LabPaths } from './paths.ts';
import type { LabRecord } from './record.ts';

/**
 * The lab's declaration: the given one with the same names, grants and times, and every place replaced
 * by its counterpart on this machine.
 *
 * - An IPv4 address gets the first octet 127, so it is a loopback address from which a consumer can really
 *   connect, and two consumers stay two sources. IPv6 sources are left out: loopback has one address.
 * - Operators and the program's own identities are this machine's own connections: 127.0.0.1.
 */
export async function writeLabDeclaration(
  original: string,
  paths: LabPaths,
  ports: LabRecord['ports'],
): Promise<void> {
  const document = parseDocument(await readFile(original, 'utf8'));
  moveAddresses(document);
  ownConnections(document);
  await oneConsole(document, paths, ports);
  for (const [path, value] of Object.entries(places(paths, ports))) {
    document.setIn(path.split('.'), document.createNode(value));
  }
  document.commentBefore =
    ' Made by `backbone lab up` from the declaration of the project; see docs/lab.md.';
  await writeFile(paths.declaration, String(document), { mode: 0o600 });
}

function places(paths: LabPaths, ports: LabRecord['ports']): Record<string, unknown> {
  const aws = `http://127.0.0.1:${String(ports.aws)}`;
  return {
    state: { backend: 'local', directory: paths.terraformState },
    'proxmox.endpoint': `https://127.0.0.1:${String(ports.proxmox)}/`,
    // `lab down` ends what it started; on a site the container is protected.
    'openbao.protection': false,
    'openbao.caCertificate': paths.caCertificate,
    'openbao.address': `https://127.0.0.1:${String(ports.openbao)}`,
    'aws.identity': {
      kind: 'roles-anywhere',
      caCertificate: paths.rolesAnywhereCa,
      commonName: 'openbao.lab',
    },
    'aws.endpoints': { s3: aws, dynamodb: aws, iam: aws, sts: aws, rolesanywhere: aws },
  };
}

/** Every UniFi account is one of the lab's console, known by the certificate of this lab. */
async function oneConsole(
  document: Document,
  paths: LabPaths,
  ports: LabRecord['ports'],
): Promise<void> {
  const secrets = document.get('secrets');
  if (!isMap(secrets)) return;
  const certificate = new X509Certificate(await readFile(paths.unifiCertificate));
  for (const { value } of secrets.items) {
    const unifi = isMap(value) ? value.get('unifi') : undefined;
    if (!isMap(unifi)) continue;
    unifi.set('controller', `https://127.0.0.1:${String(ports.unifi)}`);
    unifi.set('kind', 'os');
    unifi.set('certificateSha256', certificate.fingerprint256.replaceAll(':', '').toLowerCase());
  }
}

const ipv4 = /(?<![\d.])\d{1,3}(\.\d{1,3}\.\d{1,3}\.\d{1,3})(?=$|\/)/;

/** Only whole values are addresses: `192.0.2.10` and `192.0.2.0/24`, never one inside a URL. */
function moveAddresses(document: Document): void {
  visit(document, {
    Seq(_, seq) {
      seq.items = seq.items.filter(
        (item) => !(isScalar(item) && typeof item.value === 'string' && isIpv6(item.value)),
      );
    },
    Scalar(_, scalar) {
      if (typeof scalar.value !== 'string' || !/^[\d./]+$/.test(scalar.value)) return;
      scalar.value = scalar.value.replace(ipv4, '127$1');
    },
  });
}

function isIpv6(value: string): boolean {
  return /^[0-9a-f:]+(\/\d+)?$/i.test(value) && value.includes(':');
}

function ownConnections(document: Document): void {
  const here = (last: number) => document.createNode([`127.0.0.${String(last)}/32`]);
  for (const identity of ['apply', 'plan', 'issuer', 'responder']) {
    document.setIn(['openbao', 'identities', identity, 'from'], here(1));
  }
  const consumers = document.get('consumers');
  if (!isMap(consumers)) return;
  let last = 0;
  for (const { value } of consumers.items) {
    if (!isMap(value) || value.get('kind') !== 'operator' || !isSeq(value.get('from'))) continue;
    last += 1;
    value.set('from', here(last));
  }
}
