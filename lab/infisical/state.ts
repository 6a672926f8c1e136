import { randomBytes, randomUUID } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { z } from 'zod';
import { writePrivateFile } from '../private-file.ts';

/** A network as Infisical keeps it: apart from its prefix, which a single address lacks. */
const trustedIp = z.strictObject({
  ipAddress: z.string(),
  type: z.enum(['ipv4', 'ipv6']),
  prefix: z.number().optional(),
});
export type TrustedIp = z.infer<typeof trustedIp>;

const tokenLimits = {
  accessTokenTTL: z.number(),
  accessTokenMaxTTL: z.number(),
  accessTokenNumUsesLimit: z.number(),
  accessTokenTrustedIps: z.array(trustedIp),
};

const project = z.strictObject({
  id: z.string(),
  name: z.string(),
  slug: z.string(),
  description: z.string(),
  type: z.string(),
  hasDeleteProtection: z.boolean(),
  createdAt: z.string(),
  updatedAt: z.string(),
});
export type Project = z.infer<typeof project>;

const environment = z.strictObject({
  id: z.string(),
  projectId: z.string(),
  slug: z.string(),
  name: z.string(),
  position: z.number(),
});
export type Environment = z.infer<typeof environment>;

const folder = z.strictObject({
  id: z.string(),
  projectId: z.string(),
  envId: z.string(),
  /** With its own name, e.g. `/apps/web`. */
  path: z.string(),
  description: z.string(),
});
export type Folder = z.infer<typeof folder>;

const secret = z.strictObject({
  id: z.string(),
  envId: z.string(),
  path: z.string(),
  key: z.string(),
  value: z.string(),
  comment: z.string(),
  version: z.number(),
  skipMultilineEncoding: z.boolean(),
});
export type Secret = z.infer<typeof secret>;

const identity = z.strictObject({
  id: z.string(),
  name: z.string(),
  role: z.string(),
  hasDeleteProtection: z.boolean(),
  metadata: z.array(z.strictObject({ key: z.string(), value: z.string() })),
});
export type Identity = z.infer<typeof identity>;

const universalAuth = z.strictObject({
  id: z.string(),
  clientId: z.string(),
  clientSecretTrustedIps: z.array(trustedIp),
  ...tokenLimits,
  createdAt: z.string(),
  updatedAt: z.string(),
  /** Logins with a wrong secret since the last good one, and until when it is locked (ms). */
  failures: z.number(),
  lockedUntil: z.number(),
});
export type UniversalAuth = z.infer<typeof universalAuth>;

const oidcAuth = z.strictObject({
  id: z.string(),
  oidcDiscoveryUrl: z.string(),
  boundIssuer: z.string(),
  boundAudiences: z.string(),
  boundSubject: z.string(),
  boundClaims: z.record(z.string(), z.string()),
  claimMetadataMapping: z.record(z.string(), z.string()),
  caCert: z.string(),
  ...tokenLimits,
  createdAt: z.string(),
  updatedAt: z.string(),
});
export type OidcAuth = z.infer<typeof oidcAuth>;

const clientSecret = z.strictObject({
  id: z.string(),
  identityId: z.string(),
  /** SHA-256; the secret itself is shown once and kept nowhere. */
  hash: z.string(),
  prefix: z.string(),
  description: z.string(),
  ttl: z.number(),
  numUses: z.number(),
  numUsesLimit: z.number(),
  isRevoked: z.boolean(),
  /** ms */
  created: z.number(),
});
export type ClientSecret = z.infer<typeof clientSecret>;

const accessToken = z.strictObject({
  id: z.string(),
  identityId: z.string(),
  clientSecretId: z.string(),
  /** ms */
  created: z.number(),
  /** ms */
  renewed: z.number(),
  ttl: z.number(),
  maxTtl: z.number(),
  numUses: z.number(),
  numUsesLimit: z.number(),
});
export type AccessToken = z.infer<typeof accessToken>;

const membership = z.strictObject({
  id: z.string(),
  projectId: z.string(),
  identityId: z.string(),
  roles: z.array(z.strictObject({ id: z.string(), role: z.string() })),
});

const permission = z.strictObject({
  subject: z.string(),
  action: z.array(z.string()),
  inverted: z.boolean(),
  conditions: z.record(z.string(), z.unknown()).optional(),
});
export type Permission = z.infer<typeof permission>;

const privilege = z.strictObject({
  id: z.string(),
  projectId: z.string(),
  identityId: z.string(),
  slug: z.string(),
  permissions: z.array(permission),
});

const sync = z.strictObject({
  id: z.string(),
  name: z.string(),
  description: z.string(),
  projectId: z.string(),
  connectionId: z.string(),
  envId: z.string(),
  path: z.string(),
  isAutoSyncEnabled: z.boolean(),
  syncOptions: z.record(z.string(), z.unknown()),
  destinationConfig: z.record(z.string(), z.unknown()),
  syncStatus: z.enum(['pending', 'running', 'succeeded', 'failed']).nullable().default(null),
  lastSyncMessage: z.string().nullable().default(null),
  lastSyncedAt: z.string().nullable().default(null),
});
export type Sync = z.infer<typeof sync>;

const by = <T extends z.ZodType>(type: T) => z.record(z.string(), type);

/**
 * Everything that the double remembers. Values of secrets are among it, as at a server that has the key of
 * its database: the file is its owner's alone.
 */
export const state = z.strictObject({
  version: z.literal(1),
  /** Signs access tokens. */
  signingKey: z.string(),
  projects: by(project),
  environments: by(environment),
  folders: by(folder),
  secrets: by(secret),
  identities: by(identity),
  /** By identity. */
  universalAuths: by(universalAuth),
  oidcAuths: by(oidcAuth),
  clientSecrets: by(clientSecret),
  accessTokens: by(accessToken),
  memberships: by(membership),
  privileges: by(privilege),
  syncs: by(sync),
  /** Actions secrets at GitHub, by `owner/name` or `owner/name/environment`. */
  github: by(by(z.string())),
});
export type State = z.infer<typeof state>;

/** Who may do everything, as the instance's first identity does after its bootstrap. */
export interface Administrator {
  readonly clientId: string;
  readonly clientSecret: string;
}

export function emptyState(): State {
  return {
    version: 1,
    signingKey: randomBytes(32).toString('base64url'),
    projects: {},
    environments: {},
    folders: {},
    secrets: {},
    identities: {},
    universalAuths: {},
    oidcAuths: {},
    clientSecrets: {},
    accessTokens: {},
    memberships: {},
    privileges: {},
    syncs: {},
    github: {},
  };
}

/** @throws Error  the file is not one of this double; it says which */
export async function readState(file: string): Promise<State> {
  let text: string;
  try {
    text = await readFile(file, 'utf8');
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return emptyState();
    throw error;
  }
  try {
    return state.parse(JSON.parse(text));
  } catch {
    throw new Error(`${file} is not a state of the Infisical double; remove it to begin anew`);
  }
}

export function writeState(file: string, content: State): Promise<void> {
  return writePrivateFile(file, JSON.stringify(content));
}

export const newId = () => randomUUID();
