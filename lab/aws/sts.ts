import { demand, sessionPrincipal, type Account, type Need } from './decision.ts';
import { timestamp, type IssueSession } from './issue-session.ts';
import { isRecord } from './request.ts';
import { Refusal, xml, type Reply } from './refusal.ts';
import { unmapped } from './operations/unmapped.ts';
import type { Role, Roles } from './roles.ts';
import type { Session } from './sessions.ts';

const namespace = 'https://sts.amazonaws.com/doc/2011-06-15/';
/** STS, "AssumeRole": the lower bound of DurationSeconds and the size of an inline session policy. */
const shortest = 900;
const longest = 43_200;
const largestPolicy = 2048;
/** IAM User Guide, "Role chaining": a session that assumes a role gets at most an hour. */
const longestChained = 3600;

export interface StsParts {
  readonly account: Account;
  readonly roles: Roles;
  readonly issue: IssueSession;
  readonly now: () => number;
}

/** AssumeRole and GetCallerIdentity as AWS decides and answers them; everything else is refused. */
export async function sts(
  parts: StsParts,
  caller: Session,
  parameters: ReadonlyMap<string, string>,
): Promise<Reply> {
  const operation = parameters.get('Action') ?? '';
  if (operation === 'GetCallerIdentity') {
    return answer(
      operation,
      `<Arn>${xml(caller.arn)}</Arn><UserId>${xml(caller.userId)}</UserId>` +
        `<Account>${parts.account.id}</Account>`,
    );
  }
  if (operation === 'GetFederationToken' || operation === 'GetSessionToken') {
    throw new Refusal('denied', `Cannot call ${operation} with session credentials`);
  }
  if (operation !== 'AssumeRole') throw unmapped(`STS ${operation}`);
  const session = await assumeRole(parts, caller, parameters);
  return answer(
    operation,
    `<Credentials><AccessKeyId>${session.accessKeyId}</AccessKeyId>` +
      `<SecretAccessKey>${session.secretAccessKey}</SecretAccessKey>` +
      `<SessionToken>${session.sessionToken}</SessionToken>` +
      `<Expiration>${timestamp(session.expiresAt)}</Expiration></Credentials>` +
      `<AssumedRoleUser><Arn>${xml(session.arn)}</Arn>` +
      `<AssumedRoleId>${xml(session.userId)}</AssumedRoleId></AssumedRoleUser>` +
      `<PackedPolicySize>${String(packedPolicySize(session.sessionPolicy))}</PackedPolicySize>` +
      (session.sourceIdentity === undefined
        ? ''
        : `<SourceIdentity>${xml(session.sourceIdentity)}</SourceIdentity>`),
  );
}

async function assumeRole(
  parts: StsParts,
  caller: Session,
  parameters: ReadonlyMap<string, string>,
): Promise<Session> {
  const roleArn = parameters.get('RoleArn') ?? '';
  const sessionName = parameters.get('RoleSessionName') ?? '';
  if (!/^[\w+=,.@-]{2,64}$/.test(sessionName)) {
    throw constraint('roleSessionName', 'Member must match [\\w+=,.@-]{2,64}');
  }
  const durationSeconds = duration(parameters);
  const sessionPolicy = policy(parameters.get('Policy'));
  if ([...parameters.keys()].some((name) => name.startsWith('PolicyArns.'))) {
    throw unmapped('an AssumeRole with managed session policies (PolicyArns)');
  }
  const asked = parameters.get('SourceIdentity');
  if (asked !== undefined && !/^[\w+=,.@-]{2,64}$/.test(asked)) {
    throw constraint('sourceIdentity', 'Member must match [\\w+=,.@-]{2,64}');
  }
  const sourceIdentity = asked ?? caller.sourceIdentity;
  const tags = sessionTags(parameters);

  const target = await parts.roles.find(roleArn);
  const callerRole = await parts.roles.find(caller.roleArn);
  const needs = assumeNeeds(roleArn, target, {
    'sts:RoleSessionName': sessionName,
    ...optional('sts:ExternalId', parameters.get('ExternalId')),
    ...optional('sts:SourceIdentity', sourceIdentity),
    ...Object.fromEntries(Object.entries(tags).map(([k, v]) => [`aws:RequestTag/${k}`, v])),
    ...(Object.keys(tags).length > 0 ? { 'aws:TagKeys': Object.keys(tags) } : {}),
  });
  await demand(
    parts.account,
    sessionPrincipal(caller, callerRole),
    needs.filter(
      ({ action }) =>
        action === 'sts:AssumeRole' ||
        (action === 'sts:SetSourceIdentity' && sourceIdentity !== undefined) ||
        (action === 'sts:TagSession' && Object.keys(tags).length > 0),
    ),
    parts.now(),
  );
  if (target === undefined) throw new Refusal('denied', `${roleArn} cannot be assumed.`);
  if (caller.sourceIdentity !== undefined && sourceIdentity !== caller.sourceIdentity) {
    throw new Refusal('denied', 'The source identity of a session cannot be changed by chaining.');
  }
  if (durationSeconds > longestChained) {
    throw new Refusal(
      'invalid',
      'The requested DurationSeconds exceeds the 1 hour session limit for roles assumed by role chaining.',
      'ValidationError',
    );
  }
  if (durationSeconds > target.maxSessionDuration) {
    throw new Refusal(
      'invalid',
      'The requested DurationSeconds exceeds the MaxSessionDuration set for this role.',
      'ValidationError',
    );
  }
  return parts.issue({
    role: target,
    sessionName,
    durationSeconds,
    sessionPolicy,
    sourceIdentity,
    principalTags: tags,
    chain: caller.chain,
  });
}

/** Each is asked of the caller's policies and of the target's trust policy alike. */
function assumeNeeds(roleArn: string, target: Role | undefined, context: Need['context']): Need[] {
  // No such role: a trust policy that allows nobody, so that its absence looks like a refusal.
  const resourcePolicy = target?.trustPolicy ?? {
    Version: '2012-10-17',
    Statement: [{ Effect: 'Deny', Principal: '*', Action: 'sts:*' }],
  };
  return ['sts:AssumeRole', 'sts:SetSourceIdentity', 'sts:TagSession'].map((action) => ({
    action,
    resource: roleArn,
    context,
    resourcePolicy,
  }));
}

function duration(parameters: ReadonlyMap<string, string>): number {
  const text = parameters.get('DurationSeconds') ?? '3600';
  const seconds = /^\d{1,9}$/.test(text) ? Number(text) : Number.NaN;
  if (seconds >= shortest && seconds <= longest) return seconds;
  throw constraint(
    'durationSeconds',
    `Member must have value between ${String(shortest)} and ${String(longest)}`,
  );
}

function policy(text: string | undefined): string | undefined {
  if (text === undefined) return undefined;
  if (text.length > largestPolicy) {
    throw constraint(
      'policy',
      `Member must have length less than or equal to ${String(largestPolicy)}`,
    );
  }
  try {
    if (isRecord(JSON.parse(text))) return text;
  } catch {
    // Falls through: not JSON and not an object are the same refusal.
  }
  throw new Refusal('invalid', 'This policy contains invalid Json', 'MalformedPolicyDocument');
}

function sessionTags(parameters: ReadonlyMap<string, string>): Record<string, string> {
  const tags: Record<string, string> = {};
  for (const [name, key] of parameters) {
    const index = /^Tags\.member\.(\d+)\.Key$/.exec(name)?.[1];
    if (index !== undefined) tags[key] = parameters.get(`Tags.member.${index}.Value`) ?? '';
  }
  return tags;
}

/** Per cent of the limit; AWS packs tighter and says so of no exact formula. */
function packedPolicySize(sessionPolicy: string | undefined): number {
  return Math.ceil(((sessionPolicy?.length ?? 0) / largestPolicy) * 100);
}

function optional(key: string, value: string | undefined): Record<string, string> {
  return value === undefined ? {} : { [key]: value };
}

function constraint(member: string, rule: string): Refusal {
  return new Refusal(
    'invalid',
    `1 validation error detected: Value at '${member}' failed to satisfy constraint: ${rule}`,
    'ValidationError',
  );
}

function answer(operation: string, result: string): Reply {
  return {
    status: 200,
    headers: { 'content-type': 'text/xml' },
    body:
      `<${operation}Response xmlns="${namespace}"><${operation}Result>${result}` +
      `</${operation}Result><ResponseMetadata><RequestId>lab</RequestId></ResponseMetadata>` +
      `</${operation}Response>`,
  };
}
