import { isRecord } from './request.ts';
import type { Moto } from './moto-client.ts';

export type PolicyDocument = Readonly<Record<string, unknown>>;

export interface Role {
  readonly arn: string;
  readonly name: string;
  readonly id: string;
  readonly maxSessionDuration: number;
  readonly trustPolicy: PolicyDocument;
  /** Inline and attached ones. */
  readonly policies: readonly { readonly name: string; readonly policy: PolicyDocument }[];
}

export interface Roles {
  find(roleArn: string): Promise<Role | undefined>;
  /** Forgets what was read; called after every IAM call that can change a role. */
  changed(): void;
}

/**
 * Roles as moto has them, read over its IAM API and kept until something changes. A policy that
 * cannot be read is an error and not an empty policy: it could have held a Deny.
 */
export function rolesOf(moto: Moto): Roles {
  const kept = new Map<string, Promise<Role | undefined>>();
  return {
    find: (roleArn) => {
      const before = kept.get(roleArn);
      if (before !== undefined) return before;
      const reading = readRole(moto, roleArn);
      kept.set(roleArn, reading);
      reading.catch(() => kept.delete(roleArn));
      return reading;
    },
    changed: () => {
      kept.clear();
    },
  };
}

async function readRole(moto: Moto, roleArn: string): Promise<Role | undefined> {
  const name = roleArn.split('/').at(-1) ?? '';
  const answer = await moto.query('iam', { Action: 'GetRole', RoleName: name });
  const role = isRecord(answer?.['Role']) ? answer['Role'] : undefined;
  if (role?.['Arn'] !== roleArn) return undefined;

  const policies: { name: string; policy: PolicyDocument }[] = [];
  const inline = await moto.query('iam', { Action: 'ListRolePolicies', RoleName: name });
  for (const policyName of list(inline?.['PolicyNames']).map(String)) {
    const read = await moto.query('iam', {
      Action: 'GetRolePolicy',
      RoleName: name,
      PolicyName: policyName,
    });
    policies.push({ name: policyName, policy: document(read?.['PolicyDocument']) });
  }
  const attached = await moto.query('iam', { Action: 'ListAttachedRolePolicies', RoleName: name });
  for (const entry of list(attached?.['AttachedPolicies']).filter(isRecord)) {
    const PolicyArn = String(entry['PolicyArn']);
    const policy = await moto.query('iam', { Action: 'GetPolicy', PolicyArn });
    const current = isRecord(policy?.['Policy']) ? policy['Policy'] : {};
    const version = await moto.query('iam', {
      Action: 'GetPolicyVersion',
      PolicyArn,
      VersionId: String(current['DefaultVersionId']),
    });
    const content = isRecord(version?.['PolicyVersion']) ? version['PolicyVersion'] : {};
    policies.push({ name: PolicyArn, policy: document(content['Document']) });
  }
  return {
    arn: roleArn,
    name,
    id: String(role['RoleId']),
    maxSessionDuration: Number(role['MaxSessionDuration'] ?? 3600),
    trustPolicy: document(role['AssumeRolePolicyDocument']),
    policies,
  };
}

function list(value: unknown): unknown[] {
  return Array.isArray(value) ? value : [];
}

/** IAM answers policy documents percent-encoded. */
function document(value: unknown): PolicyDocument {
  if (isRecord(value)) return value;
  const parsed: unknown = JSON.parse(decodeURIComponent(String(value)));
  if (!isRecord(parsed)) throw new Error('moto answered a policy that is not an object');
  return parsed;
}
