import { z } from 'zod';
import ipaddr from 'ipaddr.js';

/**
 * The small words of the declaration. A value of one of these types has been checked; nothing else in
 * the program can make one.
 */

const unit: Record<string, number> = { s: 1, m: 60, h: 3600, d: 86_400 };

/** A duration as `900s`, `15m`, `1h` or `90d`; held in seconds. */
export const seconds = z
  .string()
  .regex(/^[1-9][0-9]{0,6}[smhd]$/, 'a duration is a whole number and a unit: 900s, 15m, 1h or 90d')
  .transform((text) => Number(text.slice(0, -1)) * (unit[text.slice(-1)] ?? Number.NaN))
  .pipe(z.number().int().positive().brand<'Seconds'>());
export type Seconds = z.infer<typeof seconds>;

/** A label of RFC 1123: container hosts, consumers and profiles are named by it. */
export const name = z
  .string()
  .regex(
    /^[a-z][a-z0-9]*(-[a-z0-9]+)*$/,
    'lower-case letters, digits and single hyphens, from a letter',
  )
  .max(40, 'at most 40 characters, as AWS role names and DNS labels derive from it')
  .brand<'Name'>();
export type Name = z.infer<typeof name>;

/** A KV-v2 path below the mount, without `data/`: exact, never a pattern. */
export const secretPath = z
  .string()
  .regex(
    /^[a-z0-9][a-z0-9_-]*(\/[a-z0-9][a-z0-9_-]*)*$/,
    'an exact path of lower-case names joined by "/": no wildcard, no leading or trailing slash',
  )
  .max(128)
  .brand<'SecretPath'>();
export type SecretPath = z.infer<typeof secretPath>;

/** Name of one field of a secret (never its value). */
export const fieldName = z
  .string()
  .regex(
    /^[a-z][a-z0-9_]{0,31}$/,
    'the NAME of a field: lower-case letters, digits and "_", at most 32 characters; values are written with `backbone secret put`',
  )
  .brand<'FieldName'>();
export type FieldName = z.infer<typeof fieldName>;

/** One host address, IPv4 or IPv6, without a prefix length, in its canonical spelling. */
export const address = z
  .string()
  .superRefine((text, context) => {
    const fault = isAddress(text)
      ? spellingFault(text)
      : 'one IPv4 or IPv6 address without a prefix length';
    if (fault !== undefined) context.addIssue({ code: 'custom', message: fault });
  })
  .brand<'Address'>();
export type Address = z.infer<typeof address>;

/** A network in CIDR form whose host bits are zero, in its canonical spelling. */
export const cidr = z
  .string()
  .superRefine((text, context) => {
    const fault = cidrFault(text);
    if (fault !== undefined) context.addIssue({ code: 'custom', message: fault });
  })
  .brand<'Cidr'>();
export type Cidr = z.infer<typeof cidr>;

/** No octal or shortened IPv4 (programs disagree about 010.0.0.1), no zone of an interface. */
function isAddress(text: string): boolean {
  return (
    ipaddr.IPv4.isValidFourPartDecimal(text) || (ipaddr.IPv6.isValid(text) && !text.includes('%'))
  );
}

/** Servers answer the canonical spelling, so any other would be a difference in every plan. */
function spellingFault(text: string): string | undefined {
  const parsed = ipaddr.parse(text);
  if (parsed instanceof ipaddr.IPv6 && parsed.isIPv4MappedAddress()) {
    return `an IPv4 address in the form of IPv6 -> write ${parsed.toIPv4Address().toString()}`;
  }
  return parsed.toString() === text
    ? undefined
    : `not the canonical spelling -> write ${parsed.toString()}`;
}

function cidrFault(text: string): string | undefined {
  const [start = '', prefix = '', ...rest] = text.split('/');
  const wellFormed = rest.length === 0 && /^(0|[1-9][0-9]*)$/.test(prefix) && isAddress(start);
  if (!wellFormed || !ipaddr.isValidCIDR(text)) {
    return 'a network in CIDR form, for one host with /32 or /128';
  }
  const fault = spellingFault(start);
  if (fault !== undefined) return `${fault} with its prefix length`;
  const network =
    ipaddr.parse(start).kind() === 'ipv4'
      ? ipaddr.IPv4.networkAddressFromCIDR(text)
      : ipaddr.IPv6.networkAddressFromCIDR(text);
  const host = start.includes(':') ? '128' : '32';
  return network.toString() === start
    ? undefined
    : `bits of a host are set -> write ${network.toString()}/${prefix}, or ${start}/${host} for one host`;
}

/** Twelve digits (https://docs.aws.amazon.com/accounts/latest/reference/manage-acct-identifiers.html). */
export const awsAccount = z
  .string()
  .regex(/^[0-9]{12}$/, 'twelve digits, in quotes so that YAML keeps leading zeros')
  .brand<'AwsAccount'>();
export type AwsAccount = z.infer<typeof awsAccount>;

export const awsRegion = z
  .string()
  .regex(/^[a-z]{2}(-[a-z]+)+-[0-9]$/, 'an AWS region such as us-east-2')
  .brand<'AwsRegion'>();
export type AwsRegion = z.infer<typeof awsRegion>;

/** S3 bucket naming rules, without dots (they break TLS host names). */
export const bucketName = z
  .string()
  .regex(/^[a-z0-9][a-z0-9-]{1,61}[a-z0-9]$/, '3 to 63 lower-case letters, digits and hyphens')
  .brand<'BucketName'>();
export type BucketName = z.infer<typeof bucketName>;

/** One exact object key. IAM reads `*` and `?` in a resource as wildcards, and `$` starts a policy variable. */
export const stateKey = z
  .string()
  .regex(
    /^[A-Za-z0-9_-][A-Za-z0-9_.-]*(\/[A-Za-z0-9_-][A-Za-z0-9_.-]*)*$/,
    'an exact object key: letters, digits, "_", ".", "-" and "/"; no wildcard, no "..", no leading slash',
  )
  .refine((text) => !text.includes('..'), { message: 'no ".." in a key' })
  .max(200, 'at most 200 characters: the session policy holds the key up to six times in 2,048')
  .brand<'StateKey'>();
export type StateKey = z.infer<typeof stateKey>;

/** DynamoDB table naming rules. */
export const tableName = z
  .string()
  .regex(/^[A-Za-z0-9_.-]{3,255}$/, '3 to 255 letters, digits, "_", "-" and "."')
  .brand<'TableName'>();
export type TableName = z.infer<typeof tableName>;

/** Proxmox guests share one number space per cluster, from 100. */
export const vmid = z
  .number()
  .int()
  .min(100, 'a guest number of 100 or more')
  .max(999_999_999)
  .brand<'Vmid'>();
export type Vmid = z.infer<typeof vmid>;

/** Proxmox keeps tags in lower case; anything else would be a difference in every plan. */
export const tag = z
  .string()
  .regex(/^[a-z0-9_][a-z0-9_.+-]*$/, 'a lower-case Proxmox tag')
  .brand<'Tag'>();
export type Tag = z.infer<typeof tag>;

/** Proxmox storage id (pve-storage: a letter, then letters, digits, "-", "_" and "."). */
export const storageName = z
  .string()
  .regex(/^[A-Za-z][A-Za-z0-9_.-]*[A-Za-z0-9]$/, 'a Proxmox storage such as local-lvm');

export const httpsUrl = z.url({ protocol: /^https$/, error: 'a URL that begins with https://' });
export const webUrl = z.url({ protocol: /^https?$/, error: 'a URL of http or https' });
