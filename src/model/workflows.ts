import type { Cidr, Seconds } from '../config/brands.ts';
import type { Declaration } from '../config/declaration.ts';
import type { WorkflowRun } from '../config/workflows.ts';
import { mounts } from './names.ts';

/** The identities that a run of a pipeline may be: each reads configuration and changes nothing. */
export const workflowIdentities = { plan: 'terraform-plan', auditor: 'auditor' } as const;
export type WorkflowIdentity = (typeof workflowIdentities)[keyof typeof workflowIdentities];

/** Where a run logs in. */
export const workflowLogin = `auth/${mounts.workflows}/login`;

/** What a token of GitHub must say, each exactly. */
export interface WorkflowRole {
  readonly identity: WorkflowIdentity;
  /** `sub`, and the name of its alias. */
  readonly subject: string;
  readonly claims: Readonly<Record<string, string>>;
  readonly from: readonly Cidr[];
  readonly ttl: Seconds;
}

export interface Workflows {
  readonly issuer: string;
  readonly audience: string;
  readonly roles: readonly WorkflowRole[];
}

/** @param address  of OpenBao, the default audience */
export function resolveWorkflows(
  { workflows, identities }: Declaration['openbao'],
  address: string,
): Workflows | undefined {
  if (workflows === undefined) return undefined;
  const { issuer, audience = address, repository, repositoryId, ownerId, ttl } = workflows;
  const ids = { owner: ownerId, repository: repositoryId };
  const from = { name: repository, ids: workflows.immutableSubject ? ids : undefined };
  const roles = (['plan', 'auditor'] as const).flatMap((name): WorkflowRole[] => {
    const [run, identity] = [workflows[name], identities[name]];
    if (run === undefined || identity === undefined) return [];
    return [
      {
        ...{ identity: workflowIdentities[name], from: identity.from, ttl },
        subject: workflowSubject(from, run),
        claims: { repository_id: repositoryId, repository_owner_id: ownerId, ...runClaim(run) },
      },
    ];
  });
  return { issuer, audience, roles };
}

/** A repository, with its ids where they stand in the subject. */
export interface WorkflowRepository {
  readonly name: string;
  readonly ids?: { readonly owner: string; readonly repository: string } | undefined;
}

/**
 * `sub` of GitHub's token (GitHub documentation, "OpenID Connect reference", "Example subject claims" and "Immutable
 * subject claims").
 */
export function workflowSubject({ name, ids }: WorkflowRepository, run: WorkflowRun): string {
  const [owner = '', repository = ''] = name.split('/');
  const repo = ids === undefined ? name : `${owner}@${ids.owner}/${repository}@${ids.repository}`;
  return 'environment' in run
    ? `repo:${repo}:environment:${run.environment}`
    : `repo:${repo}:ref:${refOf(run)}`;
}

function runClaim(run: WorkflowRun): Readonly<Record<string, string>> {
  return 'environment' in run ? { environment: run.environment } : { ref: refOf(run) };
}

function refOf(run: Exclude<WorkflowRun, { readonly environment: string }>): string {
  return 'branch' in run ? `refs/heads/${run.branch}` : `refs/tags/${run.tag}`;
}
