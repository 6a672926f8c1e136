import type { Consumer } from '../../src/model/consumer.ts';
import type { Grant } from '../../src/model/grant.ts';
import { arrivalPath, certificatePaths } from '../../src/model/names.ts';
import { ownToken, type AclRule } from './acl.ts';
import { enginesAcl } from './engines.ts';
import { rotatorAcl } from './rotator.ts';

/** What a consumer may do: its grants, path by path, confirm its arrival, look after its own token. */
export function consumerAcl({
  name,
  grants,
}: Pick<Consumer, 'name' | 'grants'>): readonly AclRule[] {
  const rotated = grants.filter((grant) => grant.kind === 'rotate');
  const own = grants.filter((grant) => isOwn(grant));
  return [
    ...onePath(own.map(grantRule)),
    ...rotatorAcl(rotated),
    ...enginesAcl(grants),
    {
      // The mount wants check-and-set, so it cannot write over what it has not seen; nor may it delete.
      why: 'confirm the own arrival, and see the last one',
      path: arrivalPath(name),
      capabilities: ['create', 'read', 'update'],
      parameters: ['data', 'options'],
    },
    ...ownToken,
  ];
}

/** What a token of the AppRole login may do more: have the first certificate signed. */
export function enrolAcl({ name }: Pick<Consumer, 'name'>): readonly AclRule[] {
  return [signRule(certificatePaths(name).enrol, 'the first certificate')];
}

/** What a token of the certificate login may do more: have the next certificate signed. */
export function renewAcl({ name }: Pick<Consumer, 'name'>): readonly AclRule[] {
  return [signRule(certificatePaths(name).renew, 'the next certificate')];
}

/** Name, life and use of the certificate are the PKI role's; nothing but the request may be sent. */
function signRule(path: string, what: string): AclRule {
  return {
    why: `have ${what} signed; the key stays where it was made`,
    path,
    capabilities: ['create', 'update'],
    parameters: ['csr'],
  };
}

const ownKinds = ['secret', 'profile', 'github', 'broker'] as const;
type OwnGrant = Extract<Grant, { readonly kind: (typeof ownKinds)[number] }>;

/** Whether its rule is one of this file. */
function isOwn(grant: Grant): grant is OwnGrant {
  return ownKinds.some((kind) => kind === grant.kind);
}

function grantRule(grant: OwnGrant): AclRule {
  switch (grant.kind) {
    case 'secret':
      return {
        // No parameter means no `version`: a value that was rotated away is not read again.
        why: `read the current secret ${grant.secret} (rung ${String(grant.rung)})`,
        path: grant.path,
        capabilities: ['read'],
        parameters: 'none',
      };
    case 'profile':
      // The engine mints on write, and a first write is `create` to the ACL. `read` would mint as well,
      // but what a GET does is repeated by clients and proxies without asking (docs/decisions/0008).
      return {
        why: `mint an AWS session for the state of ${grant.profile}; only its ttl may be chosen`,
        path: grant.path,
        capabilities: ['create', 'update'],
        parameters: ['ttl'],
      };
    case 'github':
      return {
        why: 'prove to the GitHub broker who this is, by a token that opens nothing here',
        path: grant.path,
        capabilities: ['read'],
        parameters: 'none',
      };
    case 'broker':
      // No version may be chosen, so it is the latest; no other padding, hash or key than GitHub's RS256.
      return {
        why: 'sign as the GitHub App, by RS256 alone',
        path: grant.path,
        capabilities: ['create', 'update'],
        parameters: ['input', 'signature_algorithm'],
        values: { signature_algorithm: 'pkcs1v15' },
        required: ['input', 'signature_algorithm'],
      };
  }
}

/** Several contexts of GitHub are one path. */
function onePath(rules: readonly AclRule[]): readonly AclRule[] {
  return rules.filter(({ path }, index) => rules.findIndex((rule) => rule.path === path) === index);
}
