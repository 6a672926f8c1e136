import type { Grant } from '../reach/grants/grant.ts';
import type { Column, Group, Node } from './payload.ts';
import { nameOf, typeOf } from './words.ts';

const columnOf: Readonly<Record<string, readonly [Column, string]>> = {
  vault_approle_auth_backend_role: ['login', 'AppRole'],
  vault_cert_auth_backend_role: ['login', 'certificate login'],
  vault_jwt_auth_backend_role: ['login', 'single sign-on role'],
  vault_auth_backend: ['login', 'auth method'],
  vault_policy: ['policy', 'OpenBao policy'],
  vault_aws_secret_backend_role: ['session', 'AWS engine role'],
  aws_iam_role_policy: ['policy', 'AWS role policy'],
  aws_s3_bucket_policy: ['policy', 'bucket policy'],
  infisical_identity_universal_auth: ['login', 'Infisical login'],
  infisical_identity_oidc_auth: ['login', 'Infisical login by OIDC'],
  infisical_identity: ['policy', 'Infisical identity'],
  infisical_project_identity_specific_privilege: ['session', 'Infisical privilege'],
  infisical_secret_sync_github: ['login', 'Infisical sync'],
};

/** Who stands in the first column for a grant. */
export function whoOf({ consumer, subject, kind }: Grant): string {
  if (consumer !== undefined) return consumer;
  if (kind === 'approle' || kind === 'certificate') return subject.replace(/^\S+ /, '');
  return subject.replace(/^AWS principal (AWS|Service) /, '');
}

export function groupOf({ consumer, kind }: Grant): Group {
  if (consumer !== undefined) return 'consumers';
  if (kind === 'policy holder' || kind === 'single sign-on') return 'people';
  if (kind === 'AWS role' || kind === 'AWS principal') return 'aws';
  return kind === 'approle' || kind === 'certificate' ? 'program' : 'other';
}

const groupKind: Readonly<Record<Group, string>> = {
  consumers: 'consumer',
  program: 'program identity',
  people: 'people',
  aws: 'in AWS',
  other: 'other',
};

/** The boxes that a grant goes through, from left to right. */
export function nodesOf(grant: Grant): readonly Node[] {
  const who = whoOf(grant);
  const group = groupOf(grant);
  const middle = grant.chain.flatMap((address): readonly Node[] => {
    const type = typeOf(address);
    // Behind an engine role the AWS role and its policy are told as steps: they stand for the same session.
    if (type.startsWith('aws_iam') && grant.system === 'aws' && grant.kind !== 'AWS role')
      return [];
    const [column, kind] = columnOf[type] ?? (['policy', type] as const);
    return [{ id: `${column} ${address}`, column, label: nameOf(address), kind }];
  });
  return [
    { id: `who ${group} ${who}`, column: 'who', label: who, kind: groupKind[group] },
    ...middle,
    resourceNode(grant),
  ];
}

function resourceNode({ system, resource, unknown, chain }: Grant): Node {
  if (unknown !== undefined) {
    const id = `resource unknown ${chain.join(' ')}`;
    return { id, column: 'resource', label: unknown, kind: 'cannot be told' };
  }
  return { id: `resource ${resource}`, column: 'resource', label: resource, kind: kinds[system] };
}

const kinds: Readonly<Record<Grant['system'], string>> = {
  openbao: 'OpenBao path',
  aws: 'in AWS',
  infisical: 'Infisical folder',
  github: 'GitHub',
};
