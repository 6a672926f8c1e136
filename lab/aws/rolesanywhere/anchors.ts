import { join } from 'node:path';
import { z } from 'zod';
import { readState, serialWriter, writePrivate } from '../state-file.ts';

const tags = z.record(z.string(), z.string());

const notification = z.object({
  enabled: z.boolean(),
  event: z.enum(['CA_CERTIFICATE_EXPIRY', 'END_ENTITY_CERTIFICATE_EXPIRY']),
  threshold: z.number().int(),
  channel: z.literal('ALL'),
  configuredBy: z.string(),
});
export type Notification = z.infer<typeof notification>;

/** Field names and types of `TrustAnchorDetail` in the service's API model, and the tags. */
const trustAnchor = z.object({
  trustAnchorId: z.string(),
  trustAnchorArn: z.string(),
  name: z.string(),
  source: z.object({
    sourceType: z.literal('CERTIFICATE_BUNDLE'),
    sourceData: z.object({ x509CertificateData: z.string() }),
  }),
  enabled: z.boolean(),
  notificationSettings: z.array(notification),
  createdAt: z.string(),
  updatedAt: z.string(),
  tags,
});
export type TrustAnchor = z.infer<typeof trustAnchor>;

/** Field names and types of `ProfileDetail` in the service's API model, and the tags. */
const profile = z.object({
  profileId: z.string(),
  profileArn: z.string(),
  name: z.string(),
  roleArns: z.array(z.string()),
  managedPolicyArns: z.array(z.string()),
  sessionPolicy: z.string().optional(),
  /** Seconds. */
  durationSeconds: z.number().int(),
  acceptRoleSessionName: z.boolean(),
  requireInstanceProperties: z.boolean(),
  enabled: z.boolean(),
  createdBy: z.string(),
  createdAt: z.string(),
  updatedAt: z.string(),
  tags,
});
export type Profile = z.infer<typeof profile>;

const stored = z.object({ trustAnchors: z.array(trustAnchor), profiles: z.array(profile) });

/** Trust anchors and profiles by id, kept in `<stateDir>/rolesanywhere.json`. */
export interface Anchors {
  readonly trustAnchors: Map<string, TrustAnchor>;
  readonly profiles: Map<string, Profile>;
  /** Resolves once what the maps hold is on disk. */
  save(): Promise<void>;
}

export async function openAnchors(stateDir: string): Promise<Anchors> {
  const path = join(stateDir, 'rolesanywhere.json');
  const before = (await readState(path, stored)) ?? { trustAnchors: [], profiles: [] };
  const trustAnchors = new Map(before.trustAnchors.map((it) => [it.trustAnchorId, it]));
  const profiles = new Map(before.profiles.map((it) => [it.profileId, it]));
  const save = serialWriter(() =>
    writePrivate(
      path,
      JSON.stringify({
        trustAnchors: [...trustAnchors.values()],
        profiles: [...profiles.values()],
      }),
    ),
  );
  return { trustAnchors, profiles, save };
}
