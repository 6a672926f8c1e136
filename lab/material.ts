import { generateKeyPairSync, randomBytes, randomUUID } from 'node:crypto';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { rootCertificates } from 'node:tls';
import { exists } from './parts/cache.ts';
import { doublesAddress } from './host/site.ts';
import type { ServingConsumers } from './declaration.ts';
import type { LabPaths } from './paths.ts';
import { createCa, issue } from './pki.ts';
import { writePrivateFile } from './private-file.ts';
import type { Flavour } from './record.ts';

/**
 * Everything that is secret in a lab, made anew with it: CAs and keys, seal key, passwords, tokens. Only
 * what is missing is made, so that a lab that is resumed keeps its own.
 */
export async function makeMaterial(
  paths: LabPaths,
  flavour: Flavour,
  serving: ServingConsumers,
): Promise<void> {
  await mkdir(paths.root, { recursive: true, mode: 0o700 });
  const random = (path: string) => once(path, () => randomBytes(32).toString('base64url'));
  await random(paths.bootstrapPassword);
  await random(paths.operatorPassword);
  await random(paths.adapterToken);
  await once(paths.infisicalAdministrator, () =>
    JSON.stringify({ clientId: randomUUID(), clientSecret: randomBytes(32).toString('hex') }),
  );
  await once(paths.proxmoxToken, () => `root@pam!lab=${randomUUID()}`);
  // The static seal takes 32 raw bytes.
  await once(paths.sealKey, () => randomBytes(32));
  await makeAppKey(paths);
  if (await exists(paths.caCertificate)) return;

  const servers = await createCa('Credential backbone lab');
  const dnsNames = ['localhost'];
  const here = ['127.0.0.1', doublesAddress];
  for (const { name, certificate, key, addresses = here } of serversWithTls(paths, serving)) {
    const made = await issue(servers, { commonName: `${name}.lab`, dnsNames, addresses });
    await writePrivateFile(certificate, made.certificate);
    await writePrivateFile(key, made.privateKey);
  }
  if (serving.proxy !== undefined) {
    const envoy = await issue(servers, { commonName: 'proxy.lab', addresses: [serving.proxy] });
    const pem = `${envoy.privateKey}\n${envoy.certificate}\n`;
    await writePrivateFile(join(paths.proxyTls, proxyPemName), pem);
  }
  // A CA of its own, outside OpenBao: it must outlive an outage of the server that it vouches for.
  const anywhere = await createCa('Credential backbone lab, Roles Anywhere');
  const host = await issue(anywhere, { commonName: 'openbao.lab' });
  await writePrivateFile(paths.rolesAnywhereCa, anywhere.certificate);
  await writePrivateFile(paths.hostCertificate, host.certificate);
  await writePrivateFile(paths.hostKey, host.privateKey);
  await writePrivateFile(paths.caBundle, [servers.certificate, ...rootCertificates].join('\n'));
  // The keys of both CAs end here: nothing more will be signed. But OpenBao in a container has keys that
  // never leave it, and Ansible signs their certificates later (`certificate_signer: controller`).
  if (flavour === 'container') {
    await writePrivateFile(paths.caKey, servers.privateKey);
    await writePrivateFile(paths.rolesAnywhereCaKey, anywhere.privateKey);
  }
  await writePrivateFile(paths.caCertificate, servers.certificate);
}

/** File of the listeners' key and certificate, below `proxyTls`. */
export const proxyPemName = 'proxy.pem';

interface TlsServer {
  readonly name: string;
  readonly certificate: string;
  readonly key: string;
  /** @default - where the doubles are */
  readonly addresses?: readonly string[];
}

function serversWithTls(paths: LabPaths, { broker }: ServingConsumers): readonly TlsServer[] {
  return [
    { name: 'openbao', certificate: paths.openbaoCertificate, key: paths.openbaoKey },
    { name: 'aws', certificate: paths.awsCertificate, key: paths.awsKey },
    { name: 'proxmox', certificate: paths.proxmoxCertificate, key: paths.proxmoxKey },
    { name: 'infisical', certificate: paths.infisicalCertificate, key: paths.infisicalKey },
    { name: 'unifi', certificate: paths.unifiCertificate, key: paths.unifiKey },
    { name: 'github', certificate: paths.githubCertificate, key: paths.githubKey },
    ...(broker === undefined
      ? []
      : [
          {
            ...{ name: 'github-broker', addresses: [broker] },
            ...{ certificate: paths.brokerCertificate, key: paths.brokerKey },
          },
        ]),
  ];
}

/** As GitHub makes one for an App: RSA, PKCS #1. It is gone from here when it was brought into OpenBao. */
async function makeAppKey(paths: LabPaths): Promise<void> {
  if (await exists(paths.githubAppPublicKey)) return;
  const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const pem = privateKey.export({ type: 'pkcs1', format: 'pem' });
  await writePrivateFile(paths.githubAppKey, pem);
  const publicPem = publicKey.export({ type: 'spki', format: 'pem' });
  await writePrivateFile(paths.githubAppPublicKey, publicPem);
}

async function once(path: string, make: () => string | Uint8Array): Promise<void> {
  if (!(await exists(path))) await writePrivateFile(path, make());
}
