import { decode, parameter, type AwsRequest } from '../request.ts';
import { Refusal } from '../refusal.ts';
import type { Need } from '../decision.ts';
import { bucketActions, objectActions, plainParameters } from './s3-actions.ts';
import { unmapped } from './unmapped.ts';

export interface S3Target {
  readonly bucket: string | undefined;
  readonly key: string | undefined;
}

/** Path-style addressing, which is what an endpoint on an IP address gets. */
export function s3Target(request: AwsRequest): S3Target {
  const path = decode(request.path).slice(1);
  if (path === '') return { bucket: undefined, key: undefined };
  const slash = path.indexOf('/');
  const bucket = slash < 0 ? path : path.slice(0, slash);
  const key = slash < 0 ? '' : path.slice(slash + 1);
  // moto's own API lives under a path that would be a bucket's name.
  if (!/^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/.test(bucket) || bucket === 'moto-api') {
    throw new Refusal('invalid', 'The specified bucket is not valid.', 'InvalidBucketName');
  }
  return { bucket, key: key === '' ? undefined : key };
}

export const bucketArn = (bucket: string): string => `arn:aws:s3:::${bucket}`;
const objectArn = (bucket: string, key: string): string => `arn:aws:s3:::${bucket}/${key}`;

/**
 * The permissions that an S3 REST request takes (Service Authorization Reference, "Actions,
 * resources, and condition keys for Amazon S3").
 *
 * @throws Refusal  for a request that the table does not know
 */
export function s3Needs(request: AwsRequest): Need[] {
  const { bucket, key } = s3Target(request);
  const subresources = request.query
    .map(([name]) => name)
    .filter((name) => !plainParameters.has(name) && !/^(x-amz-|response-)/i.test(name));
  if (subresources.length > 1) throw unmapped(`S3 with ${subresources.join(' and ')} at once`);
  const [subresource = ''] = subresources;
  const method = request.method === 'HEAD' ? 'GET' : request.method;
  const what = `${request.method} of an S3 ${key === undefined ? 'bucket' : 'object'}${subresource === '' ? '' : `?${subresource}`}`;

  if (bucket === undefined) {
    if (method !== 'GET' || subresource !== '') throw unmapped(what);
    return [{ action: 's3:ListAllMyBuckets', resource: '*' }];
  }
  if (key === undefined) {
    if (method === 'POST' && subresource === 'delete') return deleteNeeds(request, bucket);
    const action = bucketActions[subresource]?.[method];
    if (action === undefined) throw unmapped(what);
    const lists = ['s3:ListBucket', 's3:ListBucketVersions', 's3:ListBucketMultipartUploads'];
    const context = lists.includes(action) ? listContext(request) : {};
    const needs: Need[] = [{ action, resource: bucketArn(bucket), context }];
    return action === 's3:CreateBucket' ? [...needs, ...createNeeds(request, bucket)] : needs;
  }

  const resource = objectArn(bucket, key);
  const versioned = parameter(request, 'versionId') !== undefined;
  const actions = objectActions[subresource]?.[method];
  if (actions === undefined) throw unmapped(what);
  const action = versioned ? actions.version : actions.current;
  if (action === undefined) throw unmapped(`${what} with a version`);
  const needs: Need[] = [{ action, resource }];
  if (method === 'PUT' && subresource === '') needs.push(...putNeeds(request, resource));
  const source = request.headers.get('x-amz-copy-source');
  if (source !== undefined && method === 'PUT') needs.push(copySourceNeed(source));
  return needs;
}

function listContext(request: AwsRequest): Record<string, string> {
  const context: Record<string, string> = {};
  for (const name of ['prefix', 'delimiter', 'max-keys']) {
    const value = parameter(request, name);
    if (value !== undefined) context[`s3:${name}`] = value;
  }
  return context;
}

function createNeeds(request: AwsRequest, bucket: string): Need[] {
  const resource = bucketArn(bucket);
  const needs: Need[] = [];
  for (const name of request.headers.keys()) {
    if (name === 'x-amz-acl' || name.startsWith('x-amz-grant-')) {
      needs.push({ action: 's3:PutBucketAcl', resource });
    } else if (name === 'x-amz-object-ownership') {
      needs.push({ action: 's3:PutBucketOwnershipControls', resource });
    } else if (name === 'x-amz-bucket-object-lock-enabled') {
      needs.push({ action: 's3:PutBucketObjectLockConfiguration', resource });
      needs.push({ action: 's3:PutBucketVersioning', resource });
    }
  }
  return needs;
}

function putNeeds(request: AwsRequest, resource: string): Need[] {
  const needs: Need[] = [];
  for (const name of request.headers.keys()) {
    if (name === 'x-amz-acl' || name.startsWith('x-amz-grant-')) {
      needs.push({ action: 's3:PutObjectAcl', resource });
    } else if (name === 'x-amz-tagging') {
      needs.push({ action: 's3:PutObjectTagging', resource });
    } else if (name === 'x-amz-object-lock-legal-hold') {
      needs.push({ action: 's3:PutObjectLegalHold', resource });
    } else if (name.startsWith('x-amz-object-lock-')) {
      needs.push({ action: 's3:PutObjectRetention', resource });
    }
  }
  return needs;
}

function copySourceNeed(header: string): Need {
  const [encoded = '', version] = header.replace(/^\//, '').split('?versionId=');
  const path = decode(encoded);
  const slash = path.indexOf('/');
  if (slash < 1) {
    throw new Refusal('invalid', 'x-amz-copy-source is not bucket/key.', 'InvalidArgument');
  }
  return {
    action: version === undefined ? 's3:GetObject' : 's3:GetObjectVersion',
    resource: objectArn(path.slice(0, slash), path.slice(slash + 1)),
  };
}

/** DeleteObjects names its keys in the body; each is a permission of its own. */
function deleteNeeds(request: AwsRequest, bucket: string): Need[] {
  const body = request.body.toString('utf8');
  const objects = [...body.matchAll(/<Object>([\s\S]*?)<\/Object>/g)].map(
    (match) => match[1] ?? '',
  );
  const opened = body.match(/<(?:[\w.-]+:)?Key[\s>/]/g)?.length ?? 0;
  const needs = objects.flatMap((object): Need[] => {
    const key = /<Key>([\s\S]*?)<\/Key>/.exec(object)?.[1];
    if (key === undefined) return [];
    const action = object.includes('<VersionId>') ? 's3:DeleteObjectVersion' : 's3:DeleteObject';
    return [{ action, resource: objectArn(bucket, entities(key)) }];
  });
  // Whatever this reading of the XML did not see, moto's could.
  if (needs.length === 0 || needs.length !== opened || /<!|<\?(?!xml )/.test(body)) {
    throw new Refusal('invalid', 'The XML you provided was not well-formed.', 'MalformedXML');
  }
  return needs;
}

function entities(text: string): string {
  const named: Record<string, string> = { lt: '<', gt: '>', amp: '&', quot: '"', apos: "'" };
  return text.replace(/&(#x?[0-9a-fA-F]+|[a-z]+);/g, (whole, name: string) => {
    if (!name.startsWith('#')) return named[name] ?? whole;
    const hex = name.startsWith('#x');
    return String.fromCodePoint(Number.parseInt(name.slice(hex ? 2 : 1), hex ? 16 : 10));
  });
}
