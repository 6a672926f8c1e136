import type { Grant } from '../../src/model/grant.ts';
import { leasePaths, mounts } from '../../src/model/names.ts';
import type { AclRule } from './acl.ts';

/** What grants to engines allow. Who, how long and from where is the engine's role's; no request may say it. */
export function enginesAcl(grants: readonly Grant[]): readonly AclRule[] {
  const rules = new Map<string, AclRule>();
  for (const rule of grants.flatMap(grantRules)) rules.set(rule.path, rule);
  return [...rules.values()];
}

function grantRules(grant: Grant): readonly AclRule[] {
  switch (grant.kind) {
    case 'ssh':
      return [
        {
          why: `have an SSH key signed as ${grant.role}; principals, life and addresses are the role's`,
          path: grant.path,
          capabilities: ['create', 'update'],
          parameters: ['public_key'],
          required: ['public_key'],
        },
      ];
    case 'certificate':
      return [
        {
          why: `have a certificate signed as ${grant.role}; the key stays where it was made`,
          path: grant.path,
          capabilities: ['create', 'update'],
          parameters: ['csr'],
          required: ['csr'],
        },
      ];
    case 'database':
      return [
        {
          // The engine makes a user on a read and knows no write (OpenBao API, database secrets engine).
          why: `have a user of ${grant.database} made as ${grant.role}`,
          path: grant.path,
          capabilities: ['read'],
          parameters: 'none',
        },
        {
          why: 'keep up a lease, by the id that only its holder knows',
          path: leasePaths.renew,
          capabilities: ['create', 'update'],
          parameters: ['lease_id'],
          required: ['lease_id'],
        },
        {
          why: 'give up a lease early, by the same id',
          path: leasePaths.revoke,
          capabilities: ['create', 'update'],
          parameters: ['lease_id', 'sync'],
          required: ['lease_id'],
        },
      ];
    case 'secret':
    case 'profile':
    case 'rotate':
    case 'proxy':
    case 'github':
    case 'broker':
      return [];
  }
}

/** What Terraform configures of the engines; a connection to a database is an operator's. */
export const engineConfiguration: readonly { readonly why: string; readonly path: string }[] = [
  { why: 'the SSH authority', path: `${mounts.ssh}/config/ca` },
  { why: 'SSH roles', path: `${mounts.ssh}/roles/+` },
  { why: 'roles of databases', path: `${mounts.database}/roles/+` },
  { why: 'roles of the CA for services', path: `${mounts.services}/roles/+` },
  {
    why: 'tidying of expired certificates of services',
    path: `${mounts.services}/config/auto-tidy`,
  },
];

export const engineMounts = [mounts.ssh, mounts.database, mounts.services] as const;
