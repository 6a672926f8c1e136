import { verify } from 'node:crypto';
import { z } from 'zod';
import { demand, type Account, type Principal } from '../decision.ts';
import { timestamp, type IssueSession } from '../issue-session.ts';
import { jsonBody, parameter, type AwsRequest } from '../request.ts';
import { Refusal, type Reply } from '../refusal.ts';
import type { Roles } from '../roles.ts';
import { checkFreshness, stringToSign, type Claim } from '../sigv4.ts';
import type { Anchors, Profile, TrustAnchor } from './anchors.ts';
import { readBundle, verifyChain, type Workload } from './certificate.ts';

export interface CreateSessionParts {
  readonly accountId: string;
  readonly roles: Roles;
  readonly issue: IssueSession;
  readonly anchors: Anchors;
  readonly now: () => number;
}

const bodySchema = z.object({
  durationSeconds: z.number().int().min(900).max(43_200).optional(),
  roleSessionName: z
    .string()
    .regex(/^[\w+=,.@-]{2,64}$/)
    .optional(),
});

const keyTypes = new Map([
  ['AWS4-X509-RSA-SHA256', 'rsa'],
  ['AWS4-X509-ECDSA-SHA256', 'ec'],
]);

/**
 * `POST /sessions` of IAM Roles Anywhere: a role session for the holder of a certificate's key (user
 * guide, "CreateSession API" and "Signing process").
 *
 * Given only where the signature is the certificate's, the certificate leads to the CA of an enabled
 * trust anchor, an enabled profile lists the role, and the role's trust policy takes the anchor
 * (`aws:SourceArn`) and the certificate (`aws:PrincipalTag/x509Subject/CN`).
 *
 * @throws Refusal  `AccessDeniedException`, `ResourceNotFoundException`, `ValidationException`
 */
export async function createSession(
  parts: CreateSessionParts,
  request: AwsRequest,
  claim: Claim,
): Promise<Reply> {
  if (
    request.method !== 'POST' ||
    request.path !== '/sessions' ||
    claim.service !== 'rolesanywhere'
  ) {
    throw new Refusal('denied', 'A certificate signs nothing but CreateSession.');
  }
  const account: Account = { id: parts.accountId, region: claim.region };
  const anchor = findAnchor(parts.anchors, required(request, 'trustAnchorArn'));
  const workload = verifyChain(
    request.headers.get('x-amz-x509'),
    request.headers.get('x-amz-x509-chain'),
    readBundle(anchor.source.sourceData.x509CertificateData),
    parts.now(),
  );
  verifySignature(request, claim, workload);
  if (anchor.trustAnchorArn.split(':')[3] !== claim.region) {
    throw new Refusal('denied', 'The trust anchor is of another region.');
  }
  if (!anchor.enabled) throw new Refusal('denied', 'Trust Anchor is disabled');

  const profile = findProfile(parts.anchors, required(request, 'profileArn'));
  if (!profile.enabled) throw new Refusal('denied', 'Profile is disabled');
  const roleArn = required(request, 'roleArn');
  if (!profile.roleArns.includes(roleArn)) {
    throw new Refusal('denied', `Profile does not list the role ${roleArn}`);
  }
  const body = bodySchema.safeParse(jsonBody(request));
  if (!body.success) {
    throw new Refusal(
      'invalid',
      'durationSeconds must be 900 to 43200, roleSessionName a session name',
    );
  }
  const { durationSeconds, roleSessionName } = body.data;
  if (roleSessionName !== undefined && !profile.acceptRoleSessionName) {
    throw new Refusal('denied', 'Profile does not accept a role session name');
  }
  const sessionName = roleSessionName ?? workload.serialHex;
  const role = await parts.roles.find(roleArn);
  if (role === undefined) throw new Refusal('denied', `Unable to assume role for ${roleArn}`);
  const context = {
    ...tagContext('aws:PrincipalTag', workload),
    ...tagContext('aws:RequestTag', workload),
    'aws:TagKeys': Object.keys(workload.principalTags),
    'aws:SourceArn': anchor.trustAnchorArn,
    'aws:SourceAccount': account.id,
    'sts:SourceIdentity': workload.commonName,
    'sts:RoleSessionName': sessionName,
  };
  await demand(
    account,
    service,
    ['sts:AssumeRole', 'sts:TagSession', 'sts:SetSourceIdentity'].map((action) => ({
      action,
      resource: roleArn,
      context,
      resourcePolicy: role.trustPolicy,
    })),
    parts.now(),
  ).catch((error: unknown) => {
    // AWS says no more than this of a trust policy.
    throw error instanceof Refusal
      ? new Refusal('denied', `Unable to assume role for ${roleArn}`)
      : error;
  });
  const asked = Math.min(durationSeconds ?? profile.durationSeconds, profile.durationSeconds);
  if (asked > role.maxSessionDuration) {
    throw new Refusal(
      'invalid',
      'The requested DurationSeconds exceeds the MaxSessionDuration set for this role.',
    );
  }
  const session = await parts.issue({
    role,
    sessionName,
    durationSeconds: asked,
    sessionPolicy: profile.sessionPolicy,
    sourceIdentity: workload.commonName,
    principalTags: workload.principalTags,
  });
  return {
    status: 201,
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({
      credentialSet: [
        {
          assumedRoleUser: { arn: session.arn, assumedRoleId: session.userId },
          credentials: {
            accessKeyId: session.accessKeyId,
            secretAccessKey: session.secretAccessKey,
            sessionToken: session.sessionToken,
            expiration: timestamp(session.expiresAt),
          },
          packedPolicySize: 0,
          roleArn,
          sourceIdentity: workload.commonName,
        },
      ],
      subjectArn: anchor.trustAnchorArn.replace(
        /trust-anchor\/.*$/,
        `subject/${workload.serialHex}`,
      ),
    }),
  };
}

/** What a trust policy names as `{"Service": "rolesanywhere.amazonaws.com"}`. */
const service: Principal = {
  arn: 'rolesanywhere.amazonaws.com',
  policies: [],
  sessionPolicy: undefined,
  context: {},
};

function tagContext(prefix: string, { principalTags }: Workload): Record<string, string> {
  return Object.fromEntries(
    Object.entries(principalTags).map(([key, value]) => [`${prefix}/${key}`, value]),
  );
}

function verifySignature(request: AwsRequest, claim: Claim, workload: Workload): void {
  checkFreshness(request, claim, Date.now());
  const { publicKey } = workload;
  const signature = Buffer.from(claim.signature, 'hex');
  const sound =
    keyTypes.get(claim.algorithm) === publicKey.asymmetricKeyType &&
    claim.credential === workload.serial &&
    verify('sha256', Buffer.from(stringToSign(request, claim)), publicKey, signature);
  if (!sound) throw new Refusal('bad-signature', 'Unable to validate the signature of the request');
}

function required(request: AwsRequest, name: string): string {
  const value = parameter(request, name);
  if (value !== undefined && value !== '') return value;
  throw new Refusal('invalid', `Value at '${name}' failed to satisfy constraint: must not be null`);
}

function findAnchor({ trustAnchors }: Anchors, arn: string): TrustAnchor {
  const found = [...trustAnchors.values()].find(({ trustAnchorArn }) => trustAnchorArn === arn);
  if (found === undefined) throw notFound('Trust anchor');
  return found;
}

function findProfile({ profiles }: Anchors, arn: string): Profile {
  const found = [...profiles.values()].find(({ profileArn }) => profileArn === arn);
  if (found === undefined) throw notFound('Profile');
  return found;
}

function notFound(what: string): Refusal {
  return new Refusal('invalid', `${what} not found`, 'ResourceNotFoundException', 404);
}
