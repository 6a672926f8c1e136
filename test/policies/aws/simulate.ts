import { runSimulation } from '@cloud-copilot/iam-simulate';
import type { PolicyDocument } from '../../../policies/aws/document.ts';
import { account } from '../../fixtures/declaration.ts';

export interface Request {
  readonly action: string;
  readonly resource: string;
  readonly context?: Readonly<Record<string, string | string[]>>;
  readonly principal?: string;
}

export interface Policies {
  /** Policy of the calling role. */
  readonly role?: PolicyDocument;
  /** Session policy of the caller. */
  readonly session?: PolicyDocument;
  /** Bucket policy, or the trust policy of the role that is to be assumed. */
  readonly resource?: PolicyDocument;
}

const session = `arn:aws:sts::${account}:assumed-role/tf-proxmox/openbao`;

/** Whether IAM lets the request through, with exactly the context keys that it names. */
export async function allows(policies: Policies, request: Request): Promise<boolean> {
  const result = await runSimulation(
    {
      request: {
        principal: request.principal ?? session,
        action: request.action,
        resource: { resource: request.resource, accountId: account },
        contextVariables: { ...request.context },
      },
      identityPolicies:
        policies.role === undefined ? [] : [{ name: 'permissions', policy: policies.role }],
      sessionPolicy: policies.session,
      resourcePolicy: policies.resource,
      serviceControlPolicies: [],
      resourceControlPolicies: [],
    },
    { simulationMode: 'Strict' },
  );
  if (result.resultType === 'error') throw new Error(JSON.stringify(result.errors));
  return result.overallResult === 'Allowed';
}
