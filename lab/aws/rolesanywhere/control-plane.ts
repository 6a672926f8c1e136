import { randomUUID } from 'node:crypto';
import { z } from 'zod';
import type { Account, Need } from '../decision.ts';
import { unmapped } from '../operations/unmapped.ts';
import { decode, jsonBody, parameter, type AwsRequest } from '../request.ts';
import { Refusal, type Reply } from '../refusal.ts';
import type { Anchors, Notification, Profile, TrustAnchor } from './anchors.ts';
import { anywhereArn, anywhereId } from './arn.ts';
import { readBundle } from './certificate.ts';

type Permit = (needs: readonly Need[]) => Promise<void>;

const resourceName = z.string().regex(/^[ a-zA-Z0-9-_]{1,255}$/);
const roleArn = z.string().regex(/^arn:aws:iam::\d{12}:role\/.+$/);
const duration = z.number().int().min(900).max(43_200);
const tags = z.array(z.object({ key: z.string(), value: z.string() })).max(200);
const source = z.object({
  sourceType: z.literal('CERTIFICATE_BUNDLE'),
  sourceData: z.object({ x509CertificateData: z.string() }),
});
const notifications = z.array(
  z.object({
    enabled: z.boolean(),
    event: z.enum(['CA_CERTIFICATE_EXPIRY', 'END_ENTITY_CERTIFICATE_EXPIRY']),
    threshold: z.number().int().min(1).max(360).default(45),
    channel: z.literal('ALL').default('ALL'),
  }),
);
const bodies = {
  createTrustAnchor: z.strictObject({
    name: resourceName,
    source,
    enabled: z.boolean().default(false),
    notificationSettings: notifications.default([]),
    tags: tags.default([]),
  }),
  updateTrustAnchor: z.strictObject({ name: resourceName.optional(), source: source.optional() }),
  createProfile: z.strictObject({
    name: resourceName,
    roleArns: z.array(roleArn).max(250),
    // A session policy by reference is not evaluated here, so it is not taken either.
    managedPolicyArns: z.array(z.string()).max(0).default([]),
    sessionPolicy: z.string().optional(),
    durationSeconds: duration.default(3600),
    acceptRoleSessionName: z.boolean().default(false),
    requireInstanceProperties: z.literal(false).default(false),
    enabled: z.boolean().default(false),
    tags: tags.default([]),
  }),
  updateProfile: z.strictObject({
    name: resourceName.optional(),
    roleArns: z.array(roleArn).max(250).optional(),
    managedPolicyArns: z.array(z.string()).max(0).optional(),
    sessionPolicy: z.string().optional(),
    durationSeconds: duration.optional(),
    acceptRoleSessionName: z.boolean().optional(),
  }),
  tag: z.strictObject({ resourceArn: z.string(), tags }),
  untag: z.strictObject({ resourceArn: z.string(), tagKeys: z.array(z.string()) }),
};

/**
 * Trust anchors and profiles of IAM Roles Anywhere: the calls that Terraform's `aws_rolesanywhere_*`
 * resources make, in the paths, shapes and errors of the service's API model. CRLs, subjects, AWS
 * Private CA and attribute mappings are not there and are refused.
 */
export async function controlPlane(
  anchors: Anchors,
  account: Account,
  request: AwsRequest,
  permit: Permit,
): Promise<Reply> {
  const [, collection = '', id, action] = request.path.split('/').map(decode);
  const what = `Roles Anywhere ${request.method} ${request.path}`;
  const rest = { anchors, account, request, permit };
  switch (`${request.method} /${collection}`) {
    case 'POST /trustanchors':
      return createTrustAnchor(rest);
    case 'POST /profiles':
      return createProfile(rest);
    case 'GET /trustanchors':
      await permit([need('ListTrustAnchors', '*')]);
      return answer(200, { trustAnchors: [...anchors.trustAnchors.values()].map(withoutTags) });
    case 'GET /profiles':
      await permit([need('ListProfiles', '*')]);
      return answer(200, { profiles: [...anchors.profiles.values()].map(withoutTags) });
    case 'GET /ListTagsForResource': {
      const arn = parameter(request, 'resourceArn') ?? '';
      await permit([need('ListTagsForResource', '*')]);
      const entries = Object.entries(byArn(anchors, arn).tags);
      return answer(200, { tags: entries.map(([key, value]) => ({ key, value })) });
    }
    case 'POST /TagResource': {
      const body = read(request, bodies.tag);
      await permit([need('TagResource', body.resourceArn)]);
      Object.assign(byArn(anchors, body.resourceArn).tags, tagRecord(body.tags));
      await anchors.save();
      return answer(201, {});
    }
    case 'POST /UntagResource': {
      const body = read(request, bodies.untag);
      await permit([need('UntagResource', body.resourceArn)]);
      const resource = byArn(anchors, body.resourceArn);
      resource.tags = Object.fromEntries(
        Object.entries(resource.tags).filter(([key]) => !body.tagKeys.includes(key)),
      );
      await anchors.save();
      return answer(200, {});
    }
  }
  if (id === undefined) throw unmapped(what);
  if (collection === 'trustanchor') return onTrustAnchor(rest, id, action);
  if (collection === 'profile') return onProfile(rest, id, action);
  throw unmapped(what);
}

interface Call {
  readonly anchors: Anchors;
  readonly account: Account;
  readonly request: AwsRequest;
  readonly permit: Permit;
}

async function createTrustAnchor({ anchors, account, request, permit }: Call): Promise<Reply> {
  const body = read(request, bodies.createTrustAnchor);
  const id = freeId(anywhereId('trust-anchor', account, body.name), anchors.trustAnchors);
  const arn = anywhereArn('trust-anchor', account, id);
  await permit([need('CreateTrustAnchor', '*'), ...tagNeeds(body.tags, arn)]);
  readBundle(body.source.sourceData.x509CertificateData);
  const trustAnchor: TrustAnchor = {
    ...{ trustAnchorId: id, trustAnchorArn: arn },
    ...{ name: body.name, source: body.source, enabled: body.enabled },
    notificationSettings: notificationSettings(body.notificationSettings),
    ...{ createdAt: now(), updatedAt: now(), tags: tagRecord(body.tags) },
  };
  anchors.trustAnchors.set(id, trustAnchor);
  await anchors.save();
  return answer(201, { trustAnchor: withoutTags(trustAnchor) });
}

async function onTrustAnchor(call: Call, id: string, action?: string): Promise<Reply> {
  const { anchors, account, request, permit } = call;
  const arn = anywhereArn('trust-anchor', account, id);
  const operation = operationOf(request, action, 'TrustAnchor');
  await permit([need(operation, arn)]);
  const found = anchors.trustAnchors.get(id);
  if (found === undefined) throw notFound();
  let changed: TrustAnchor = found;
  if (operation === 'UpdateTrustAnchor') {
    const body = read(request, bodies.updateTrustAnchor);
    if (body.source !== undefined) readBundle(body.source.sourceData.x509CertificateData);
    changed = { ...found, ...defined(body) };
  } else if (operation !== 'GetTrustAnchor' && operation !== 'DeleteTrustAnchor') {
    changed = { ...found, enabled: operation === 'EnableTrustAnchor' };
  }
  if (operation === 'DeleteTrustAnchor') anchors.trustAnchors.delete(id);
  else if (changed !== found) anchors.trustAnchors.set(id, { ...changed, updatedAt: now() });
  if (operation !== 'GetTrustAnchor') await anchors.save();
  return answer(200, { trustAnchor: withoutTags(anchors.trustAnchors.get(id) ?? changed) });
}

async function createProfile({ anchors, account, request, permit }: Call): Promise<Reply> {
  const body = read(request, bodies.createProfile);
  const id = freeId(anywhereId('profile', account, body.name), anchors.profiles);
  const arn = anywhereArn('profile', account, id);
  const tagging = tagNeeds(body.tags, arn);
  await permit([need('CreateProfile', '*'), ...tagging, ...passRole(body.roleArns)]);
  const profile: Profile = {
    ...body,
    ...{ profileId: id, profileArn: arn },
    createdBy: account.id,
    ...{ createdAt: now(), updatedAt: now(), tags: tagRecord(body.tags) },
  };
  anchors.profiles.set(id, profile);
  await anchors.save();
  return answer(201, { profile: withoutTags(profile) });
}

async function onProfile(call: Call, id: string, action?: string): Promise<Reply> {
  const { anchors, account, request, permit } = call;
  const operation = operationOf(request, action, 'Profile');
  await permit([need(operation, anywhereArn('profile', account, id))]);
  const found = anchors.profiles.get(id);
  if (found === undefined) throw notFound();
  let changed: Profile = found;
  if (operation === 'UpdateProfile') {
    const body = read(request, bodies.updateProfile);
    await permit(passRole(body.roleArns ?? []));
    changed = { ...found, ...defined(body) };
  } else if (operation !== 'GetProfile' && operation !== 'DeleteProfile') {
    changed = { ...found, enabled: operation === 'EnableProfile' };
  }
  if (operation === 'DeleteProfile') anchors.profiles.delete(id);
  else if (changed !== found) anchors.profiles.set(id, { ...changed, updatedAt: now() });
  if (operation !== 'GetProfile') await anchors.save();
  return answer(200, { profile: withoutTags(anchors.profiles.get(id) ?? changed) });
}

function operationOf(request: AwsRequest, action: string | undefined, noun: string): string {
  const verbs = new Map([
    ['GET ', 'Get'],
    ['PATCH ', 'Update'],
    ['DELETE ', 'Delete'],
    ['POST enable', 'Enable'],
    ['POST disable', 'Disable'],
  ]);
  const verb = verbs.get(`${request.method} ${action ?? ''}`);
  if (verb === undefined) throw unmapped(`Roles Anywhere ${request.method} ${request.path}`);
  return `${verb}${noun}`;
}

function need(operation: string, resource: string): Need {
  return { action: `rolesanywhere:${operation}`, resource };
}

/** Whoever puts a role into a profile hands it to the service. */
function passRole(roleArns: readonly string[]): Need[] {
  return roleArns.map((resource) => ({
    action: 'iam:PassRole',
    resource,
    context: { 'iam:PassedToService': 'rolesanywhere.amazonaws.com' },
  }));
}

function tagNeeds(given: z.infer<typeof tags>, arn: string): Need[] {
  return given.length === 0 ? [] : [need('TagResource', arn)];
}

function tagRecord(given: z.infer<typeof tags>): Record<string, string> {
  return Object.fromEntries(given.map(({ key, value }) => [key, value]));
}

/** AWS warns of both certificates 45 days ahead unless it is told otherwise. */
function notificationSettings(given: z.infer<typeof notifications>): Notification[] {
  const events = ['CA_CERTIFICATE_EXPIRY', 'END_ENTITY_CERTIFICATE_EXPIRY'] as const;
  return events.map((event) => {
    const own = given.find((setting) => setting.event === event);
    if (own !== undefined) return { ...own, configuredBy: 'customer' };
    const usual = { enabled: true, threshold: 45, channel: 'ALL' } as const;
    return { ...usual, event, configuredBy: 'rolesanywhere.amazonaws.com' };
  });
}

/** A second one of the same name gets an id by lot, as all do on AWS. */
function freeId(wanted: string, taken: ReadonlyMap<string, unknown>): string {
  return taken.has(wanted) ? randomUUID() : wanted;
}

function byArn({ trustAnchors, profiles }: Anchors, arn: string): TrustAnchor | Profile {
  const id = arn.split('/').at(-1) ?? '';
  const found = arn.includes(':trust-anchor/') ? trustAnchors.get(id) : profiles.get(id);
  if (found === undefined) throw notFound();
  return found;
}

function read<T>(request: AwsRequest, schema: z.ZodType<T>): T {
  const result = schema.safeParse(jsonBody(request));
  if (result.success) return result.data;
  const [issue] = result.error.issues;
  throw new Refusal(
    'invalid',
    `${issue?.path.join('.') ?? 'body'}: ${issue?.message ?? 'invalid'}`,
  );
}

function defined<T extends object>(body: T): Partial<T> {
  return Object.fromEntries(
    Object.entries(body).filter(([, value]) => value !== undefined),
  ) as Partial<T>;
}

/** Tags have a call of their own. */
function withoutTags<T extends { readonly tags: unknown }>(resource: T) {
  return { ...resource, tags: undefined };
}

function notFound(): Refusal {
  return new Refusal('invalid', 'Resource not found', 'ResourceNotFoundException', 404);
}

function now(): string {
  return new Date().toISOString();
}

function answer(status: number, body: Record<string, unknown>): Reply {
  return { status, headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) };
}
