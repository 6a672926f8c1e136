import { X509Certificate } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import { isMap, isScalar, isSeq, parseDocument, visit, type Document, type YAMLMap } from 'yaml';
import type { LabPaths } from './paths.ts';
import { doublesAddress } from './host/site.ts';
import { addOptional } from './optional.ts';
import type { Flavour, LabRecord } from './record.ts';

/**
 * The lab's declaration: the given one with the same names, grants and times, and every place replaced
 * by its counterpart on this machine.
 *
 * With OpenBao as a process:
 * - An IPv4 address gets the first octet 127, so it is a loopback address from which a consumer can really
 *   connect, and two consumers stay two sources. IPv6 sources are left out: loopback has one address.
 * - Operators and the program's own identities are this machine's own connections: 127.0.0.1.
 *
 * With containers, every IPv4 address stays: in the lab's network namespace it is really there. Whoever
 * applies, plans, issues or operates is at the seat of the lab, where `terraform apply` comes from.
 */
export async function readForLab(options: {
  readonly original: string;
  readonly flavour: Flavour;
  /** Whether what the example leaves out is turned on (lab/optional.yaml). */
  readonly optional: boolean;
}): Promise<Document> {
  const { original, flavour, optional } = options;
  const document = parseDocument(await readFile(original, 'utf8'));
  if (optional) await addOptional(document);
  leaveOutIpv6(document);
  if (flavour === 'process') {
    moveAddresses(document);
    ownConnections(document, (last) => `127.0.0.${String(last)}/32`);
  } else {
    const seat = document.getIn(['openbao', 'identities', 'apply', 'from', 0]);
    ownConnections(document, (last) => (last === 1 ? String(seat) : undefined));
  }
  return document;
}

/** Addresses of the consumers that are servers themselves; undefined where there is no such one. */
export interface ServingConsumers {
  readonly broker: string | undefined;
  readonly proxy: string | undefined;
}

export function servingConsumers(document: Document): ServingConsumers {
  const consumers = document.get('consumers');
  const all = isMap(consumers) ? consumers.items : [];
  const broker = all.find(({ value }) => isMap(value) && isBroker(value));
  const addressOf = (name: unknown) => {
    const address = document.getIn(['consumers', name, 'container', 'address']);
    return typeof address === 'string' ? address : undefined;
  };
  const key = isScalar(broker?.key) ? broker.key.value : undefined;
  return { broker: addressOf(key), proxy: addressOf(document.getIn(['proxy', 'consumer'])) };
}

function isBroker(consumer: YAMLMap): boolean {
  const grants = consumer.get('grants');
  return isSeq(grants) && grants.items.some((grant) => isMap(grant) && grant.has('broker'));
}

/** Writes the declaration of {@link readForLab} with every place that only a laid-out lab has. */
export async function writeLabDeclaration(options: {
  readonly document: Document;
  readonly paths: LabPaths;
  readonly ports: LabRecord['ports'];
  readonly flavour: Flavour;
}): Promise<void> {
  const { document, paths, ports, flavour } = options;
  const all = {
    ...places(paths, ports),
    ...(flavour === 'container' && sites(document, ports)),
    ...(flavour === 'process' && githubPlaces(document, paths, ports)),
  };
  for (const [path, value] of Object.entries(all)) {
    document.setIn(path.split('.'), document.createNode(value));
  }
  if (document.getIn(['infisical', 'enabled']) === true) {
    const site = `https://127.0.0.1:${String(ports.infisical)}`;
    document.setIn(['infisical', 'siteUrl'], site);
    document.setIn(['infisical', 'caCertificate'], paths.caCertificate);
  }
  const host = flavour === 'container' ? doublesAddress : '127.0.0.1';
  const { fingerprint256 } = new X509Certificate(await readFile(paths.unifiCertificate));
  const certificateSha256 = fingerprint256.replaceAll(':', '').toLowerCase();
  oneConsole(document, `https://${host}:${String(ports.unifi)}`, certificateSha256);
  document.commentBefore =
    ' Made by `backbone lab up` from the declaration of the project; see docs/lab.md.';
  await writeFile(paths.declaration, String(document), { mode: 0o600 });
}

/** Every UniFi account is one of the lab's console, known by the certificate of this lab. */
function oneConsole(document: Document, url: string, certificateSha256: string): void {
  const secrets = document.get('secrets');
  if (!isMap(secrets)) return;
  for (const { value } of secrets.items) {
    const unifi = isMap(value) ? value.get('unifi') : undefined;
    if (!isMap(unifi)) continue;
    unifi.set('controller', url);
    unifi.set('kind', 'os');
    unifi.set('certificateSha256', certificateSha256);
  }
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

/** GitHub is a double on this machine; its broker is a process at the address of its container. */
function githubPlaces(
  document: Document,
  paths: LabPaths,
  ports: LabRecord['ports'],
): Record<string, unknown> {
  const { broker } = servingConsumers(document);
  if (document.getIn(['github', 'enabled']) !== true || broker === undefined) return {};
  const github = `https://127.0.0.1:${String(ports.github)}`;
  return {
    'github.apiUrl': `${github}/api/v3`,
    'github.webUrl': github,
    'github.apiCaCertificate': paths.caCertificate,
    'github.broker.url': `https://${broker}:${String(ports.broker)}`,
    'github.broker.caCertificate': paths.caCertificate,
  };
}

/** What is elsewhere when containers have to reach it. */
function sites(document: Document, ports: LabRecord['ports']): Record<string, unknown> {
  const first = String(document.getIn(['openbao', 'nodes', 0, 'address']));
  const aws = `https://${doublesAddress}`;
  return {
    'proxmox.endpoint': `https://${doublesAddress}:${String(ports.proxmox)}/`,
    'openbao.address': `https://${first}:8200`,
    'aws.endpoints': { s3: aws, dynamodb: aws, iam: aws, sts: aws, rolesanywhere: aws },
  };
}

const ipv4 = /(?<![\d.])\d{1,3}(\.\d{1,3}\.\d{1,3}\.\d{1,3})(?=$|\/)/;

/** Only whole values are addresses: `192.0.2.10` and `192.0.2.0/24`, never one inside a URL. */
function moveAddresses(document: Document): void {
  visit(document, {
    Scalar(_, scalar) {
      if (typeof scalar.value !== 'string' || !/^[\d./]+$/.test(scalar.value)) return;
      scalar.value = scalar.value.replace(ipv4, '127$1');
    },
  });
}

function leaveOutIpv6(document: Document): void {
  visit(document, {
    Seq(_, seq) {
      seq.items = seq.items.filter(
        (item) => !(isScalar(item) && typeof item.value === 'string' && isIpv6(item.value)),
      );
    },
  });
}

function isIpv6(value: string): boolean {
  return /^[0-9a-f:]+(\/\d+)?$/i.test(value) && value.includes(':');
}

/**
 * @param at  of the nth operator, from 1; undefined leaves it where it is. The program's own identities are
 *   where the first one is.
 */
function ownConnections(document: Document, at: (nth: number) => string | undefined): void {
  const here = (nth: number) => [at(nth)].filter((one) => one !== undefined);
  for (const identity of ['apply', 'plan', 'issuer', 'responder', 'verifier', 'auditor']) {
    if (!document.hasIn(['openbao', 'identities', identity])) continue;
    const from = document.createNode(here(1));
    document.setIn(['openbao', 'identities', identity, 'from'], from);
  }
  const consumers = document.get('consumers');
  if (!isMap(consumers)) return;
  let last = 0;
  for (const { value } of consumers.items) {
    if (!isMap(value) || value.get('kind') !== 'operator' || !isSeq(value.get('from'))) continue;
    last += 1;
    if (here(last).length > 0) value.set('from', document.createNode(here(last)));
  }
}
