import { randomBytes, randomUUID } from 'node:crypto';
import { mkdir } from 'node:fs/promises';
import { rootCertificates } from 'node:tls';
import { exists } from './parts/cache.ts';
import { doublesAddress } from './host/site.ts';
import type { LabPaths } from './paths.ts';
import { createCa, issue } from './pki.ts';
import { writePrivateFile } from './private-file.ts';
import type { Flavour } from './record.ts';

/**
 * Everything that is secret in a lab, made anew with it: CAs and keys, seal key, passwords, tokens. Only
 * what is missing is made, so that a lab that is resumed keeps its own.
 */
export async function makeMaterial(paths: LabPaths, flavour: Flavour): Promise<void> {
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
  if (await exists(paths.caCertificate)) return;

  const servers = await createCa('Credential backbone lab');
  const serverNames = { dnsNames: ['localhost'], addresses: ['127.0.0.1', doublesAddress] };
  const openbao = await issue(servers, { commonName: 'openbao.lab', ...serverNames });
  const aws = await issue(servers, { commonName: 'aws.lab', ...serverNames });
  const proxmox = await issue(servers, { commonName: 'proxmox.lab', ...serverNames });
  const infisical = await issue(servers, { commonName: 'infisical.lab', ...serverNames });
  const unifi = await issue(servers, { commonName: 'unifi.lab', ...serverNames });
  // A CA of its own, outside OpenBao: it must outlive an outage of the server that it vouches for.
  const anywhere = await createCa('Credential backbone lab, Roles Anywhere');
  const host = await issue(anywhere, { commonName: 'openbao.lab' });
  await writePrivateFile(paths.openbaoCertificate, openbao.certificate);
  await writePrivateFile(paths.openbaoKey, openbao.privateKey);
  await writePrivateFile(paths.awsCertificate, aws.certificate);
  await writePrivateFile(paths.awsKey, aws.privateKey);
  await writePrivateFile(paths.proxmoxCertificate, proxmox.certificate);
  await writePrivateFile(paths.proxmoxKey, proxmox.privateKey);
  await writePrivateFile(paths.infisicalCertificate, infisical.certificate);
  await writePrivateFile(paths.infisicalKey, infisical.privateKey);
  await writePrivateFile(paths.unifiCertificate, unifi.certificate);
  await writePrivateFile(paths.unifiKey, unifi.privateKey);
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

async function once(path: string, make: () => string | Uint8Array): Promise<void> {
  if (!(await exists(path))) await writePrivateFile(path, make());
}
