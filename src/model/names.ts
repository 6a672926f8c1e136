import type { AwsAccount, Name, SecretPath } from '../config/brands.ts';

/**
 * Every name that two sides must agree on, in one place: the policy that allows, the resource that
 * serves and the client that reads all take it from here.
 */

/** Stacks, in the order in which they build on each other. */
export const stackNames = [
  'host',
  'github-host',
  'proxy-host',
  'aws-trust',
  'openbao',
  'engines',
  'infisical',
  'github',
] as const;
export type StackName = (typeof stackNames)[number];

/** The stacks that are applied to OpenBao: only these are given a token, and drift compares these. */
export const openbaoStacks: ReadonlySet<string> = new Set<StackName>([
  'openbao',
  'engines',
  'github',
]);

/** Mount paths in OpenBao, without slashes around them. */
export const mounts = {
  aws: 'aws',
  kv: 'kv',
  approle: 'approle',
  /** Logs runs of GitHub Actions in. */
  workflows: 'workflows',
  operator: 'operator',
  /** Signs the certificates of consumers. */
  pki: 'pki',
  /** Logs consumers in by these certificates. */
  certificate: 'cert',
  /** KV-v2 beside the secrets: who has arrived, by which SecretID. */
  arrivals: 'arrivals',
  /** Signs the SSH keys of users. */
  ssh: 'ssh',
  /** Makes users of databases. */
  database: 'database',
  /** Signs certificates of services; nobody logs in by them. */
  services: 'pki-services',
  /** Holds the key of the GitHub App, which never leaves it. */
  transit: 'transit',
} as const;

/** The program's own identities: AppRoles that no consumer may be named after. */
export const programIdentities = [
  'terraform-apply',
  'terraform-plan',
  'secret-id-issuer',
  'responder',
  // These two only where they are declared.
  'verifier',
  'auditor',
] as const;
export type ProgramIdentity = (typeof programIdentities)[number];

/** AWS role and AWS engine role of a profile, e.g. `tf-proxmox`. */
export function roleName(profile: Name): string {
  return `tf-${profile}`;
}

export function roleArn(account: AwsAccount, role: string): string {
  return `arn:aws:iam::${account}:role/${role}`;
}

/** The role that OpenBao holds in AWS; it may assume the profile roles and nothing else. */
export const brokerRole = 'openbao-broker';

/** Where an OpenBao host has its data: the role `openbao` puts it there. */
export const openbaoData = '/var/lib/openbao';

/** Where a caller mints a session of the profile: `aws/sts/tf-proxmox`. */
export function stsPath(profile: Name): string {
  return `${mounts.aws}/sts/${roleName(profile)}`;
}

/** API paths of a KV-v2 secret; `data` is what a reader reads. */
export function kvPaths(secret: SecretPath) {
  return {
    data: `${mounts.kv}/data/${secret}`,
    metadata: `${mounts.kv}/metadata/${secret}`,
    destroy: `${mounts.kv}/destroy/${secret}`,
  } as const;
}

/** Where a rotation keeps the next value of a secret, and shows that it is under way. */
export function pendingPaths(secret: SecretPath) {
  const { data, metadata } = kvPaths(`${secret}/pending` as SecretPath);
  return { data, metadata } as const;
}

/** ACL policy of a consumer. The prefix keeps them apart from policies that people write. */
export function consumerPolicyName(consumer: Name): string {
  return `consumer-${consumer}`;
}

/** API paths of an AppRole. */
export function approlePaths(role: string) {
  const base = `auth/${mounts.approle}/role/${role}`;
  return {
    role: base,
    roleId: `${base}/role-id`,
    secretId: `${base}/secret-id`,
    lookupAccessor: `${base}/secret-id-accessor/lookup`,
    destroyAccessor: `${base}/secret-id-accessor/destroy`,
  } as const;
}

/**
 * The two ways to a certificate, each a PKI role and an ACL policy of the same name: `enrol` with a token
 * of the AppRole login, `renew` with one of the certificate login.
 */
export function certificateRoles(consumer: Name) {
  return { enrol: `enrol-${consumer}`, renew: `renew-${consumer}` } as const;
}

/** A consumer's certificate: where a CSR is signed either way, and the role that it logs in to. */
export function certificatePaths(consumer: Name) {
  const { enrol, renew } = certificateRoles(consumer);
  return {
    role: consumer,
    enrol: `${mounts.pki}/sign/${enrol}`,
    renew: `${mounts.pki}/sign/${renew}`,
  } as const;
}

/**
 * An SSH role of one consumer: its certificates work from that consumer's addresses alone. No name has an
 * underscore, so two pairs never meet.
 */
export function sshRoleName(role: Name, consumer: Name): string {
  return `${role}_${consumer}`;
}

export const sshPaths = {
  sign: (roleName: string) => `${mounts.ssh}/sign/${roleName}`,
  /** The CA's public key, which anybody may read. */
  authority: `${mounts.ssh}/public_key`,
} as const;

/** A role of a database in the engine; all databases share one mount. */
export function databaseRole(database: Name, role: Name): string {
  return `${database}_${role}`;
}

export function databasePaths(database: Name) {
  return {
    credentials: (role: Name) => `${mounts.database}/creds/${databaseRole(database, role)}`,
    connection: `${mounts.database}/config/${database}`,
    rotateRoot: `${mounts.database}/rotate-root/${database}`,
  } as const;
}

/** Where a host of OpenBao has the CA of a database: its driver takes a file, and no text. */
export function databaseCaFile(database: Name): string {
  return `/etc/openbao/databases/${database}.pem`;
}

/** Where a lease is kept up or given up by its id, which only its holder knows. */
export const leasePaths = { renew: 'sys/leases/renew', revoke: 'sys/leases/revoke' } as const;

export const servicePaths = {
  sign: (role: Name) => `${mounts.services}/sign/${role}`,
} as const;

/** What the `responder` works with, beside the consumers' SecretIDs: all of OpenBao's own API. */
export const responderPaths = {
  tokenAccessors: 'auth/token/accessors',
  lookupToken: 'auth/token/lookup-accessor',
  revokeToken: 'auth/token/revoke-accessor',
  /** HMAC of a text as the audit device `first` writes it. */
  auditHash: 'sys/audit-hash/first',
  /** Serial numbers of what was signed; the audit log has their hashes. */
  certificates: `${mounts.pki}/certs`,
  revokeCertificate: `${mounts.pki}/revoke`,
  /** The list of revoked certificates, which anybody may read, */
  revocationList: `${mounts.pki}/cert/crl`,
  /** and where the certificate login has to be told of it, as it does not ask the PKI. */
  tellRevocations: `auth/${mounts.certificate}/crls/consumers`,
} as const;

/** What the `verifier` works with: a token role that gives the policies of consumers, and a question. */
export const verifierPaths = {
  role: 'auth/token/roles/verifier',
  token: 'auth/token/create/verifier',
  capabilities: 'sys/capabilities-accessor',
} as const;

/** Where a consumer says that it has arrived, and counts its logins by certificate. */
export function arrivalPath(consumer: Name): string {
  return `${mounts.arrivals}/data/${consumer}`;
}

/**
 * Fields of the KV secret that keeps the login of an Infisical identity. Below `infisical/` their variables
 * are INFISICAL_UNIVERSAL_AUTH_CLIENT_ID and so on, which Infisical's own tools read.
 */
export const infisicalLogin = {
  folder: 'infisical',
  clientId: 'universal_auth_client_id',
  clientSecret: 'universal_auth_client_secret',
  projectId: 'project_id',
} as const;

/** Identity of GitHub Actions in Infisical; the prefix keeps it apart from those of consumers. */
export function githubIdentityName(name: Name): string {
  return `github-${name}`;
}

/** The key of the GitHub App in transit: who may do what with it is said by these paths alone. */
export const githubKey = {
  name: 'github-app',
  /** Public half, versions and what is forbidden for it. */
  key: `${mounts.transit}/keys/github-app`,
  import: `${mounts.transit}/keys/github-app/import`,
  importVersion: `${mounts.transit}/keys/github-app/import_version`,
  wrappingKey: `${mounts.transit}/wrapping_key`,
  /** RS256 is PKCS #1 v1.5 with SHA-256; the hash stands in the path, so that no other can be asked for. */
  sign: `${mounts.transit}/sign/github-app/sha2-256`,
} as const;

/**
 * How a consumer without a certificate proves to the broker who it is: an identity token of OpenBao, which is
 * for this audience and opens nothing in OpenBao.
 */
export const githubIdentity = {
  name: 'github-broker',
  audience: 'github-broker',
  token: 'identity/oidc/token/github-broker',
  /** Anybody may read these. */
  keys: 'identity/oidc/.well-known/keys',
} as const;
