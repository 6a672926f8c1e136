import { githubIdentity, mounts, programIdentities, verifierPaths } from '../../src/model/names.ts';
import { workflowIdentities } from '../../src/model/workflows.ts';
import { engineConfiguration, engineMounts } from './engines.ts';
import { ownToken, type AclRule, type Capability } from './acl.ts';

/**
 * Names that the two Terraform identities work on. Consumers come and go with the declaration, so their
 * policies and roles are prefixes; everything else is an exact path.
 */
const managed: readonly { why: string; path: string }[] = [
  { why: 'the policies of consumers', path: 'sys/policies/acl/consumer-*' },
  { why: 'the policies of their first certificates', path: 'sys/policies/acl/enrol-*' },
  { why: 'the policies of their next certificates', path: 'sys/policies/acl/renew-*' },
  ...[...programIdentities, 'operator'].map((name) => ({
    why: `the policy ${name}`,
    path: `sys/policies/acl/${name}`,
  })),
  { why: 'the password policy of operators', path: 'sys/policies/password/operator' },
  { why: 'AppRoles of consumers and of the program', path: `auth/${mounts.approle}/role/+` },
  { why: 'role ids, which are not secret', path: `auth/${mounts.approle}/role/+/role-id` },
  { why: 'the AWS engine configuration (no key in it)', path: `${mounts.aws}/config/root` },
  { why: 'the AWS engine leases', path: `${mounts.aws}/config/lease` },
  { why: 'AWS engine roles', path: `${mounts.aws}/roles/+` },
  { why: 'KV-v2 configuration', path: `${mounts.kv}/config` },
  { why: 'configuration of arrivals', path: `${mounts.arrivals}/config` },
  { why: 'PKI roles of consumers', path: `${mounts.pki}/roles/+` },
  { why: 'tidying of expired certificates', path: `${mounts.pki}/config/auto-tidy` },
  { why: 'certificate logins of consumers', path: `auth/${mounts.certificate}/certs/+` },
  { why: 'single sign-on roles', path: `auth/${mounts.operator}/role/operator` },
  { why: 'whose tokens of runs are believed', path: `auth/${mounts.workflows}/config` },
  ...Object.values(workflowIdentities).map((identity) => ({
    why: `runs that are ${identity}`,
    path: `auth/${mounts.workflows}/role/${identity}`,
  })),
  { why: 'identity entities', path: 'identity/entity' },
  { why: 'identity entities by id', path: 'identity/entity/id/+' },
  { why: 'identity entities by name', path: 'identity/entity/name/+' },
  { why: 'identity aliases', path: 'identity/entity-alias' },
  { why: 'identity aliases by id', path: 'identity/entity-alias/id/+' },
  { why: 'the token role of verification', path: verifierPaths.role },
  {
    why: 'key of the proofs for the GitHub broker',
    path: `identity/oidc/key/${githubIdentity.name}`,
  },
  {
    why: 'form of the proofs for the GitHub broker',
    path: `identity/oidc/role/${githubIdentity.name}`,
  },
  { why: 'rate limits', path: 'sys/quotas/rate-limit/+' },
  ...engineConfiguration,
];

/** What lies in them is reached by other paths: to mount transit/ is no right to sign, to import or to see a key. */
const secretMounts = [
  mounts.aws,
  mounts.kv,
  mounts.pki,
  mounts.arrivals,
  mounts.transit,
  ...engineMounts,
];
const authorities = [mounts.pki, mounts.services];
const authMounts = [mounts.approle, mounts.certificate, mounts.operator, mounts.workflows];

function onAll(capabilities: readonly Capability[]): readonly AclRule[] {
  return managed.map((rule) => ({ ...rule, capabilities }));
}

/** A look-up is a POST although it only reads. */
const lookups: readonly AclRule[] = [
  { why: 'find an entity', path: 'identity/lookup/entity', capabilities: ['create', 'update'] },
];

const secretMetadata = {
  why: 'metadata of secrets; `data` stays closed',
  path: `${mounts.kv}/metadata/*`,
} as const;

/** `terraform plan`: sees configuration, never a secret value, and changes nothing. */
export function terraformPlanAcl(): readonly AclRule[] {
  return [
    ...onAll(['read', 'list']),
    { ...secretMetadata, capabilities: ['read', 'list'] },
    ...lookups,
    ...secretMounts.map((mount) => readMount(mount)),
    ...authMounts.flatMap((mount): AclRule[] => [
      readMount(`auth/${mount}`),
      {
        why: `see how auth/${mount}/ is tuned`,
        path: `sys/mounts/auth/${mount}/tune`,
        capabilities: ['read'],
      },
    ]),
    ...ownToken,
  ];
}

/**
 * `terraform apply`. Whoever may write policies and roles is an administrator in effect; what protects
 * this identity is its life (minutes), its source addresses and that it reads no secret value, mints no
 * session and signs no certificate by itself.
 */
export function terraformApplyAcl(): readonly AclRule[] {
  return [
    ...onAll(['create', 'read', 'update', 'delete', 'list']),
    {
      // A delete of metadata deletes every version of the value, and `max_versions` would drop them.
      ...secretMetadata,
      capabilities: ['create', 'read', 'update', 'list'],
      parameters: ['custom_metadata'],
    },
    ...authorities.flatMap((mount): AclRule[] => [
      {
        // `internal`: the key of the CA is made in OpenBao and never leaves it.
        why: `make the CA in ${mount}/`,
        path: `${mount}/issuers/generate/root/internal`,
        capabilities: ['create', 'update'],
      },
      { why: 'take that CA away', path: `${mount}/issuer/+`, capabilities: ['delete'] },
    ]),
    ...lookups,
    ...secretMounts.flatMap((mount) => [
      {
        why: `mount ${mount}/`,
        path: `sys/mounts/${mount}`,
        capabilities: ['create', 'read', 'update', 'delete'] as const,
      },
      tuneMount(mount),
    ]),
    ...authMounts.flatMap((mount) => [
      {
        why: `enable auth/${mount}/, for which the server demands sudo`,
        path: `sys/auth/${mount}`,
        capabilities: ['create', 'update', 'delete', 'sudo'] as const,
      },
      readMount(`auth/${mount}`),
      tuneMount(`auth/${mount}`),
    ]),
    ...ownToken,
  ];
}

function readMount(mount: string): AclRule {
  return { why: `see the mount ${mount}/`, path: `sys/mounts/${mount}`, capabilities: ['read'] };
}

function tuneMount(mount: string): AclRule {
  return {
    why: `tune the mount ${mount}/`,
    path: `sys/mounts/${mount}/tune`,
    capabilities: ['create', 'read', 'update'],
  };
}
