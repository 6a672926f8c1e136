import { z } from 'zod';
import {
  awsAccount,
  awsRegion,
  bucketName,
  seconds,
  stateKey,
  tableName,
  webUrl,
} from './brands.ts';

const identity = z.discriminatedUnion('kind', [
  z.strictObject({
    kind: z.literal('roles-anywhere').describe('IAM Roles Anywhere: no static key exists'),
    caCertificate: z
      .string()
      .min(1)
      .describe(
        'PEM file of the CA (public part) that signs the OpenBao host certificate, relative to the declaration; keep this CA outside OpenBao',
      ),
    commonName: z
      .string()
      .regex(/^[A-Za-z0-9.-]{1,64}$/, 'a common name: letters, digits, "." and "-", at most 64')
      .describe(
        'subject CN of the OpenBao host certificate; the broker role trusts this name alone',
      ),
  }),
  z.strictObject({
    kind: z
      .literal('broker-key')
      .describe(
        'rung 2: a long-lived key placed on the OpenBao host by hand; the guardrails refuse it until it is acknowledged',
      ),
    principalArn: z
      .string()
      .regex(
        /^arn:aws[a-z-]*:iam::[0-9]{12}:role\/[\w+=,.@/-]+$/,
        'the ARN of a role, never of a user',
      )
      .describe('role that the broker key assumes before it assumes the broker role'),
  }),
]);

/** An answer of STS or of Roles Anywhere holds keys, so plain http stays on this machine. */
const endpoint = webUrl.refine(
  (text) => {
    if (!URL.canParse(text)) return true;
    const { protocol, hostname } = new URL(text);
    return protocol === 'https:' || /^(127\.[0-9.]+|localhost|\[::1\])$/.test(hostname);
  },
  {
    message:
      'plain http to another machine, and answers hold session keys -> write an https:// URL',
  },
);

export const aws = z
  .strictObject({
    account: awsAccount.describe('AWS account that holds state and roles'),
    region: awsRegion.describe('region of buckets, lock tables and STS'),
    identity: identity.describe('how OpenBao itself is somebody in AWS'),
    endpoints: z
      .strictObject({
        s3: endpoint.optional().describe('S3 endpoint, path style'),
        dynamodb: endpoint.optional().describe('DynamoDB endpoint'),
        iam: endpoint.optional().describe('IAM endpoint'),
        sts: endpoint.optional().describe('STS endpoint, also of the AWS secrets engine'),
        rolesanywhere: endpoint.optional().describe('IAM Roles Anywhere endpoint'),
      })
      .optional()
      .describe('endpoints other than the public ones: VPC endpoints, or the lab'),
  })
  .describe('AWS account and the identity of OpenBao in it');

const table = tableName.describe('DynamoDB lock table');
const lock = z.discriminatedUnion('mode', [
  z.strictObject({
    mode: z
      .literal('dynamodb')
      .describe('lock row in DynamoDB (deprecated in Terraform, kept in OpenTofu)'),
    table,
  }),
  z.strictObject({ mode: z.literal('s3').describe('lock file beside the state, `use_lockfile`') }),
  z.strictObject({
    mode: z.literal('both').describe('both at once, for the time of a migration'),
    table,
  }),
]);

/** STS takes 900 s at least, and a role-chained session 3,600 s at most (AWS STS AssumeRole API). */
const stsTtl = seconds.refine((ttl) => ttl >= 900 && ttl <= 3600, {
  message:
    'outside what STS gives -> write 15m (least that STS issues) to 1h (most that a role-chained session may last)',
});

export const profile = z
  .strictObject({
    bucket: bucketName.describe('bucket of the state'),
    key: stateKey.describe('exact key of the state in the bucket'),
    lock: lock.describe('how Terraform locks this state'),
    access: z
      .enum(['plan', 'apply'])
      .describe(
        'plan: reads the state and takes no lock (`terraform plan -lock=false`); apply: reads, writes, locks',
      ),
    ttl: stsTtl.describe('life of a session that names no ttl, 15m to 1h'),
    maxTtl: stsTtl.describe('longest life a caller may ask for, 15m to 1h'),
    manage: z
      .boolean()
      .default(false)
      .describe('true: this program makes the bucket and lock table; false: they exist'),
  })
  .describe('one Terraform state and the AWS role tf-<name> for it');
