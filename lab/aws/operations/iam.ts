import type { Account, Need } from '../decision.ts';
import { Refusal } from '../refusal.ts';
import { unmapped } from './unmapped.ts';

const onRole = new Set([
  'AttachRolePolicy',
  'CreateRole',
  'DeleteRole',
  'DeleteRolePolicy',
  'DetachRolePolicy',
  'GetRole',
  'GetRolePolicy',
  'ListAttachedRolePolicies',
  'ListInstanceProfilesForRole',
  'ListRolePolicies',
  'ListRoleTags',
  'PutRolePolicy',
  'TagRole',
  'UntagRole',
  'UpdateAssumeRolePolicy',
  'UpdateRole',
  'UpdateRoleDescription',
]);
const onPolicy = new Set([
  'CreatePolicy',
  'CreatePolicyVersion',
  'DeletePolicy',
  'DeletePolicyVersion',
  'GetPolicy',
  'GetPolicyVersion',
  'ListEntitiesForPolicy',
  'ListPolicyTags',
  'ListPolicyVersions',
  'SetDefaultPolicyVersion',
  'TagPolicy',
  'UntagPolicy',
]);
const onAccount = new Set(['ListPolicies', 'ListRoles', 'ListUsers']);

/** Whatever makes a key that does not expire: refused for every caller, the lab's admin included. */
const standingCredentials = new Set([
  'CreateAccessKey',
  'CreateLoginProfile',
  'CreateServiceSpecificCredential',
  'CreateUser',
  'UpdateAccessKey',
  'UploadSigningCertificate',
  'UploadSSHPublicKey',
]);

/**
 * The permission that an IAM call takes. Role ARNs carry the role's path, which only a create names;
 * for the rest `roleArnOf` looks it up.
 */
export async function iamNeeds(
  account: Account,
  parameters: ReadonlyMap<string, string>,
  roleArnOf: (roleName: string) => Promise<string | undefined>,
): Promise<Need[]> {
  const operation = parameters.get('Action') ?? '';
  const action = `iam:${operation}`;
  if (standingCredentials.has(operation)) {
    throw new Refusal(
      'denied',
      `${action} is refused for everyone: no IAM user and no static key exists in this design.`,
    );
  }
  if ([...parameters.keys()].some((name) => name.startsWith('PermissionsBoundary'))) {
    throw unmapped('an IAM permissions boundary');
  }
  const arn = (kind: string, name: string, path = '/') =>
    `arn:aws:iam::${account.id}:${kind}${path}${name}`;

  if (onAccount.has(operation)) return [{ action, resource: '*' }];
  if (onRole.has(operation)) {
    const name = required(parameters, 'RoleName', /^[\w+=,.@-]{1,64}$/);
    const made = operation === 'CreateRole' ? undefined : await roleArnOf(name);
    const policyArn = parameters.get('PolicyArn');
    return [
      {
        action,
        resource: made ?? arn('role', name, parameters.get('Path')),
        context: policyArn === undefined ? {} : { 'iam:PolicyARN': policyArn },
      },
    ];
  }
  if (onPolicy.has(operation)) {
    const resource =
      operation === 'CreatePolicy'
        ? arn('policy', required(parameters, 'PolicyName'), parameters.get('Path'))
        : required(parameters, 'PolicyArn');
    return [{ action, resource }];
  }
  throw unmapped(`IAM ${operation}`);
}

function required(
  parameters: ReadonlyMap<string, string>,
  name: string,
  pattern = /^.{1,2048}$/,
): string {
  const value = parameters.get(name) ?? '';
  if (pattern.test(value)) return value;
  throw new Refusal('invalid', `${name} is missing or malformed.`, 'ValidationError');
}
