import { runSimulation } from '@cloud-copilot/iam-simulate';
import type { PolicyDocument, Role } from './roles.ts';
import type { Session } from './sessions.ts';
import { Refusal } from './refusal.ts';

export type Context = Readonly<Record<string, string | string[]>>;

/** One permission that a request takes; all of a request's needs must be granted. */
export interface Need {
  readonly action: string;
  readonly resource: string;
  /** Condition keys of the request itself; those of the caller are added. */
  readonly context?: Context;
  /** Bucket policy or trust policy. */
  readonly resourcePolicy?: PolicyDocument | undefined;
}

/** Whose permissions count: a role session, or an AWS service named in a trust policy. */
export interface Principal {
  readonly arn: string;
  readonly policies: Role['policies'];
  readonly sessionPolicy: PolicyDocument | undefined;
  readonly context: Context;
}

export interface Account {
  readonly id: string;
  readonly region: string;
}

/** The caller's own condition keys (IAM User Guide, "AWS global condition context keys"). */
export function sessionPrincipal(session: Session, role: Role | undefined): Principal {
  const account = session.roleArn.split(':')[4] ?? '';
  const context: Record<string, string> = {
    'aws:PrincipalArn': session.roleArn,
    'aws:PrincipalAccount': account,
    'aws:PrincipalType': 'AssumedRole',
    'aws:userid': session.userId,
    'aws:TokenIssueTime': new Date(session.issuedAt).toISOString(),
  };
  if (session.sourceIdentity !== undefined) context['aws:SourceIdentity'] = session.sourceIdentity;
  for (const [key, value] of Object.entries(session.principalTags)) {
    context[`aws:PrincipalTag/${key}`] = value;
  }
  return {
    arn: session.arn,
    // A role deleted after the session began has no permissions left.
    policies: role?.policies ?? [],
    sessionPolicy:
      session.sessionPolicy === undefined
        ? undefined
        : (JSON.parse(session.sessionPolicy) as PolicyDocument),
    context,
  };
}

/**
 * True where every policy that applies lets the need through: role policy AND session policy, with
 * an explicit Deny anywhere winning. Conditions are evaluated on exactly the given context keys.
 *
 * `aws:SecureTransport` is "true" although the lab speaks plain HTTP: its listener is on loopback
 * only, and a bucket policy that insists on TLS, as ours do, has to be usable here too.
 */
export async function isAllowed(
  account: Account,
  principal: Principal,
  need: Need,
  now: number,
): Promise<boolean> {
  const result = await runSimulation(
    {
      request: {
        principal: principal.arn,
        action: need.action,
        resource: { resource: literal(need.resource), accountId: account.id },
        contextVariables: {
          'aws:SecureTransport': 'true',
          'aws:RequestedRegion': account.region,
          'aws:SourceIp': '127.0.0.1',
          'aws:CurrentTime': new Date(now).toISOString(),
          'aws:EpochTime': String(Math.floor(now / 1000)),
          'aws:ResourceAccount': account.id,
          ...principal.context,
          ...need.context,
        },
      },
      identityPolicies: [...principal.policies],
      ...(principal.sessionPolicy === undefined ? {} : { sessionPolicy: principal.sessionPolicy }),
      ...(need.resourcePolicy === undefined ? {} : { resourcePolicy: need.resourcePolicy }),
      serviceControlPolicies: [],
      resourceControlPolicies: [],
    },
    { simulationMode: 'Strict' },
  );
  if (result.resultType === 'error') {
    throw new Refusal(
      'denied',
      `The lab cannot evaluate ${need.action} on ${need.resource}: ${result.errors.message}`,
    );
  }
  return result.overallResult === 'Allowed';
}

/**
 * A `*` or `?` in an S3 key is an ordinary character, but the evaluator reads it in a requested ARN
 * as a question about all matching resources. Private-use characters match the same wildcards of a
 * policy and no literal of it. An ARN that is `*` as a whole stays (actions without resources).
 */
function literal(resource: string): string {
  if (resource === '*') return resource;
  return resource.replaceAll('*', '\uE000').replaceAll('?', '\uE001');
}

/** @throws Refusal  naming the first need that is not granted, in AWS's words */
export async function demand(
  account: Account,
  principal: Principal,
  needs: readonly Need[],
  now: number,
): Promise<void> {
  for (const need of needs) {
    if (await isAllowed(account, principal, need, now)) continue;
    throw new Refusal(
      'denied',
      `User: ${principal.arn} is not authorized to perform: ${need.action} on resource: ${need.resource}`,
    );
  }
}
