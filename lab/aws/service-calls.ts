import type { BucketPolicies } from './bucket-policies.ts';
import { demand, isAllowed, sessionPrincipal, type Account, type Need } from './decision.ts';
import type { IssueSession } from './issue-session.ts';
import type { Moto, MotoRequest } from './moto-client.ts';
import { changesTables, dynamodbNeeds, dynamodbOperation } from './operations/dynamodb.ts';
import { iamNeeds } from './operations/iam.ts';
import { bucketArn, s3Needs, s3Target } from './operations/s3.ts';
import { unmapped } from './operations/unmapped.ts';
import { formParameters, isRecord, parameter, type AwsRequest } from './request.ts';
import { Refusal, type Reply } from './refusal.ts';
import type { Anchors } from './rolesanywhere/anchors.ts';
import { controlPlane } from './rolesanywhere/control-plane.ts';
import type { Roles } from './roles.ts';
import type { Session } from './sessions.ts';
import { canonicalPath, canonicalQuery, type Claim } from './sigv4.ts';
import { sts } from './sts.ts';

export interface ServiceParts {
  readonly accountId: string;
  /** The one that buckets are in. */
  readonly region: string;
  readonly moto: Moto;
  readonly roles: Roles;
  readonly issue: IssueSession;
  readonly anchors: Anchors;
  readonly bucketPolicies: BucketPolicies;
  readonly now: () => number;
  readonly missingObjectCheckHasPrefix: boolean;
}

type ServiceCall = (caller: Session, request: AwsRequest, claim: Claim) => Promise<Reply>;

/** Decides on an authenticated request and, where it is allowed, has it carried out. */
export function serviceCalls(parts: ServiceParts): ServiceCall {
  const { moto, roles, bucketPolicies, now } = parts;
  const partitionKeys = new Map<string, string>();
  const accountOf = (claim: Claim): Account => ({ id: parts.accountId, region: claim.region });

  const permit = async (caller: Session, account: Account, needs: readonly Need[]) => {
    const principal = sessionPrincipal(caller, await roles.find(caller.roleArn));
    await demand(account, principal, needs, now());
  };

  const forward = (caller: Session, request: AwsRequest, claim: Claim, form?: string) => {
    const headers = Object.fromEntries(request.headers);
    // Only DynamoDB is addressed by it; anything else must not be steered elsewhere.
    if (claim.service !== 'dynamodb') delete headers['x-amz-target'];
    const query = canonicalQuery(request.query.filter(([name]) => !presigning.has(name)));
    const path = canonicalPath(request, claim.service);
    const passed: MotoRequest = {
      service: claim.service,
      region: claim.region,
      accessKeyId: caller.accessKeyId,
      method: form === undefined ? request.method : 'POST',
      target: form === undefined && query !== '' ? `${path}?${query}` : path,
      headers:
        form === undefined
          ? headers
          : { ...headers, 'content-type': 'application/x-www-form-urlencoded; charset=utf-8' },
      body: form ?? request.body,
    };
    return moto.send(passed);
  };

  const withBucketPolicies = (needs: readonly Need[]): Need[] =>
    needs.map((need) => {
      const bucket = need.resource.startsWith('arn:aws:s3:::')
        ? (need.resource.slice('arn:aws:s3:::'.length).split('/')[0] ?? '')
        : '';
      if (bucket === '' || need.action === 's3:CreateBucket') return need;
      return { ...need, resourcePolicy: bucketPolicies.of(bucket) };
    });

  const s3: ServiceCall = async (caller, request, claim) => {
    const account = accountOf(claim);
    if (claim.region !== parts.region) {
      throw new Refusal(
        'invalid',
        `The authorization header is malformed; the region '${claim.region}' is wrong; expecting '${parts.region}'`,
        'AuthorizationHeaderMalformed',
      );
    }
    await permit(caller, account, withBucketPolicies(s3Needs(request)));
    const { bucket, key } = s3Target(request);
    const aboutPolicy =
      bucket === undefined || key !== undefined
        ? undefined
        : await bucketPolicies.answer(request, bucket);
    if (aboutPolicy !== undefined) return aboutPolicy;
    const reply = await forward(caller, request, claim);
    if (request.method === 'DELETE' && bucket !== undefined && key === undefined) {
      if (request.query.length === 0 && reply.status < 300) await bucketPolicies.forget(bucket);
    }
    const read = request.method === 'GET' || request.method === 'HEAD';
    if (reply.status !== 404 || !read || bucket === undefined || key === undefined) return reply;
    // S3 tells a missing object from a forbidden one only to those who may list the bucket.
    const list: Need = {
      action: 's3:ListBucket',
      resource: bucketArn(bucket),
      context: parts.missingObjectCheckHasPrefix ? { 's3:prefix': key } : {},
      resourcePolicy: bucketPolicies.of(bucket),
    };
    const principal = sessionPrincipal(caller, await roles.find(caller.roleArn));
    if (await isAllowed(account, principal, list, now())) return reply;
    throw new Refusal('denied', `User: ${caller.arn} is not authorized to list ${bucket}.`);
  };

  const dynamodb: ServiceCall = async (caller, request, claim) => {
    const account = accountOf(claim);
    const partitionKey = async (table: string): Promise<string | undefined> => {
      const id = `${claim.region}/${table}`;
      const known = partitionKeys.get(id) ?? (await readPartitionKey(moto, claim.region, table));
      if (known !== undefined) partitionKeys.set(id, known);
      return known;
    };
    await permit(caller, account, await dynamodbNeeds(account, request, partitionKey));
    const reply = await forward(caller, request, claim);
    if (changesTables(dynamodbOperation(request))) partitionKeys.clear();
    return reply;
  };

  const iam: ServiceCall = async (caller, request, claim) => {
    const parameters = queryCall(request);
    const needs = await iamNeeds(accountOf(claim), parameters, async (roleName) => {
      const answer = await moto.query('iam', { Action: 'GetRole', RoleName: roleName });
      const role = answer?.['Role'];
      return isRecord(role) ? String(role['Arn']) : undefined;
    });
    await permit(caller, accountOf(claim), needs);
    const reply = await forward(
      caller,
      request,
      claim,
      new URLSearchParams([...parameters]).toString(),
    );
    if (!/^(Get|List)/.test(parameters.get('Action') ?? '')) roles.changed();
    return reply;
  };

  const services: Readonly<Partial<Record<string, ServiceCall>>> = {
    s3,
    dynamodb,
    iam,
    sts: (caller, request, claim) =>
      sts({ ...parts, account: accountOf(claim) }, caller, queryCall(request)),
    rolesanywhere: (caller, request, claim) =>
      controlPlane(parts.anchors, accountOf(claim), request, (needs) =>
        permit(caller, accountOf(claim), needs),
      ),
  };
  return (caller, request, claim) => {
    const service = services[claim.service];
    if (service === undefined) throw unmapped(`the service "${claim.service}"`);
    return service(caller, request, claim);
  };
}

/** What only the signature needed; moto has its own idea of when such a URL ends. */
const presigning = new Set([
  'X-Amz-Algorithm',
  'X-Amz-Credential',
  'X-Amz-Date',
  'X-Amz-Expires',
  'X-Amz-Security-Token',
  'X-Amz-Signature',
  'X-Amz-SignedHeaders',
]);

/** One place for the parameters: a call split over URL and body could be read in two ways. */
function queryCall(request: AwsRequest): Map<string, string> {
  if (request.body.length > 0 && parameter(request, 'Action') !== undefined) {
    throw new Refusal('invalid', 'Action is in the URL and in the body.', 'MalformedQueryString');
  }
  return formParameters(request);
}

async function readPartitionKey(
  moto: Moto,
  region: string,
  TableName: string,
): Promise<string | undefined> {
  const reply = await moto.send({
    ...{ service: 'dynamodb', region, method: 'POST', target: '/' },
    headers: {
      'content-type': 'application/x-amz-json-1.0',
      'x-amz-target': 'DynamoDB_20120810.DescribeTable',
    },
    body: JSON.stringify({ TableName }),
  });
  if (reply.status !== 200) return undefined;
  const answer: unknown = JSON.parse(reply.body.toString('utf8'));
  const table = isRecord(answer) && isRecord(answer['Table']) ? answer['Table'] : {};
  const schema: unknown[] = Array.isArray(table['KeySchema']) ? table['KeySchema'] : [];
  const hash = schema.filter(isRecord).find((key) => key['KeyType'] === 'HASH');
  return hash === undefined ? undefined : String(hash['AttributeName']);
}
