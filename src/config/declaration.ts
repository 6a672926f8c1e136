import { z } from 'zod';
import { acknowledge } from './acknowledge.ts';
import { aws, profile } from './aws.ts';
import {
  address,
  awsRegion,
  bucketName,
  cidr,
  fieldName,
  name,
  secretPath,
  seconds,
  stateKey,
  vmid,
} from './brands.ts';
import { databaseRoleName, engines } from './engines.ts';
import { github } from './github.ts';
import { infisical } from './infisical.ts';
import { openbao } from './openbao.ts';
import { proxmox } from './proxmox.ts';
import { proxy } from './proxy.ts';
import { unifi } from './unifi.ts';

/**
 * What OpenBao takes as a value of KV-v2 custom metadata: 1 to 512 bytes, printable as Go has it, of whose
 * spaces only U+0020 is.
 */
const isCustomMetadata = (value: string) =>
  /^[\p{L}\p{M}\p{N}\p{P}\p{S} ]+$/u.test(value) && Buffer.byteLength(value) <= 512;

const secret = z
  .strictObject({
    fields: z
      .array(fieldName)
      .min(1)
      .refine((names) => isCustomMetadata(names.join(',')), {
        message: 'names that are together at most 512 bytes long',
      })
      .describe('names of the fields; values never stand in this file'),
    rung: z
      .literal([2, 3])
      .describe(
        '2: short-lived access to a static secret; 3: injected by a proxy, never seen by the consumer',
      ),
    owner: z
      .string()
      .regex(
        /^[\w .@+-]{1,64}$/,
        'a person or team: at most 64 letters, digits, spaces and \"_.@+-\"',
      )
      .describe('who answers for it'),
    rotateEvery: seconds.describe('longest life of the value, e.g. 90d'),
    description: z
      .string()
      .max(200)
      .refine(isCustomMetadata, {
        message: 'letters, digits, marks and plain spaces, at most 512 bytes',
      })
      .optional()
      .describe('what it opens'),
    unifi: unifi.optional(),
  })
  .describe('one KV-v2 secret');

const grant = z.union(
  [
    z.strictObject({ secret: secretPath.describe('may read this secret') }),
    z.strictObject({ profile: name.describe('may assume this profile') }),
    z.strictObject({
      rotate: secretPath.describe(
        'may write new values of this secret and try them out; a consumer with such a grant has no others',
      ),
    }),
    z.strictObject({ ssh: name.describe('may have SSH certificates of this kind signed') }),
    z.strictObject({
      database: databaseRoleName.describe('may have users of this kind made: <database>/<role>'),
    }),
    z.strictObject({
      certificate: name.describe(
        'may have certificates of this kind signed by the CA for services',
      ),
    }),
    z.strictObject({
      proxy: name.describe('may use this upstream of the egress proxy, and sees no credential'),
    }),
    z.strictObject({
      github: name.describe('may have tokens and verbs of this context of GitHub'),
    }),
    z.strictObject({
      broker: z
        .literal('github')
        .describe(
          'is the GitHub broker: may sign as the App; exactly one container has this grant',
        ),
    }),
  ],
  {
    error:
      'not exactly one thing -> write `secret: <path>`, `profile: <name>`, `rotate: <path>`, `ssh: <role>`, ' +
      '`database: <database>/<role>`, `certificate: <role>`, `proxy: <upstream>`, `github: <context>` or ' +
      '`broker: github`',
  },
);

const token = z
  .strictObject({
    ttl: seconds.describe("life of the consumer's OpenBao token"),
    maxTtl: seconds.describe('longest life of that token with renewals'),
  })
  .describe('the OpenBao token that a login gives');

const shared = {
  grants: z.array(grant).min(1).describe('what it may read or assume: exact names, no patterns'),
  token,
  secretIdTtl: seconds.describe('life of an unused SecretID; it can be used once'),
};

const from = z
  .array(cidr)
  .min(1)
  .describe('source addresses; disjoint from those of every other consumer');

const consumer = z.discriminatedUnion('kind', [
  z.strictObject({
    kind: z.literal('lxc').describe('a container of this Proxmox place'),
    container: z
      .strictObject({
        vmid: vmid.describe('guest number of the container'),
        address: address.describe(
          'its static address; the only source that its identity works from',
        ),
      })
      .describe('the container; its address is the source address'),
    certificateTtl: seconds
      .prefault('7d')
      .describe(
        'life of the client certificate that it logs in with after its first boot; powered off for longer, it needs a new SecretID',
      ),
    ...shared,
  }),
  z.strictObject({
    kind: z.literal('agent').describe('an unattended agent container, started by a launcher'),
    from,
    ...shared,
  }),
  z.strictObject({
    kind: z.literal('ci').describe('a runner of continuous integration'),
    from,
    ...shared,
  }),
  z.strictObject({ kind: z.literal('operator').describe("a person's machine"), from, ...shared }),
]);

const migration = z
  .enum(['current', 'dual', 'target'])
  .describe('current: still the old way; dual: both work; target: the old way is gone');

/** The rows of the migration table, by the names used everywhere in this project. */
export const secretClasses = [
  'aws-tf-state',
  'unifi',
  'ai-model-keys',
  'app-runtime-env',
  'github-actions-secrets',
  'github-api-push',
  'bootstrap',
] as const;

const state = z.discriminatedUnion('backend', [
  z.strictObject({
    backend: z.literal('local').describe('files on the operator machine'),
    directory: z.string().min(1).describe('directory, relative to the declaration'),
  }),
  z.strictObject({
    backend: z.literal('s3').describe('a bucket that exists before this program runs'),
    bucket: bucketName.describe('bucket'),
    prefix: stateKey.describe('key prefix; each stack adds its own name'),
    region: awsRegion.describe('region of the bucket'),
  }),
]);

/** `backbone.yaml`: who may read what, for how long, from where. */
export const declaration = z
  .strictObject({
    version: z.literal(1).describe('version of this format'),
    state: state.describe("where this program's own Terraform state lives"),
    proxmox,
    openbao,
    aws,
    profiles: z.record(name, profile).describe('Terraform states by project name'),
    secrets: z.record(secretPath, secret).describe('KV-v2 secrets by path'),
    consumers: z.record(name, consumer).describe('workloads by name'),
    infisical,
    engines,
    proxy,
    github,
    acknowledge,
    classes: z
      .strictObject(
        Object.fromEntries(secretClasses.map((key) => [key, migration])) as Record<
          (typeof secretClasses)[number],
          typeof migration
        >,
      )
      .describe('where each secret class of the migration table stands'),
  })
  .describe('declaration of the credential backbone');

export type Declaration = z.infer<typeof declaration>;
export type ConsumerDeclaration = Declaration['consumers'][Name];
export type ProfileDeclaration = z.infer<typeof profile>;
type Name = z.infer<typeof name>;
