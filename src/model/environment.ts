import type { SecretPath } from '../config/brands.ts';

/**
 * Names of environment variables, on which whoever starts a consumer and the consumer itself must agree.
 * They are the ones that people and programs already use.
 */

/** What a consumer is given to begin with; only the wrapping token is secret, and only until it is used. */
export const bootstrapEnvironment = {
  address: 'BAO_ADDR',
  caCertificate: 'BAO_CACERT',
  roleId: 'BAO_ROLE_ID',
  wrappedSecretId: 'BAO_WRAPPED_SECRET_ID',
} as const;

/** The AWS profile of a Terraform state: `AWS_PROFILE=tf-proxmox`. */
export const awsProfileVariable = 'AWS_PROFILE';

/**
 * Variable of a secret's field, by the system that the path begins with: `username` of `unifi/tofu` is
 * UNIFI_USERNAME, `api` is UNIFI_API, as the UniFi provider for Terraform reads them.
 */
export function secretVariable(path: SecretPath, field: string): string {
  const [system = ''] = path.split('/');
  return `${system}_${field}`.replaceAll('-', '_').toUpperCase();
}

/** Variable of each field of a secret. */
export function secretVariables(
  path: SecretPath,
  fields: readonly string[],
): Readonly<Record<string, string>> {
  return Object.fromEntries(fields.map((field) => [field, secretVariable(path, field)]));
}
