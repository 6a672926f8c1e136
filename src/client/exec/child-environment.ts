/** Names of variables that carry an identity, of AWS, OpenBao or Infisical: a child gets the one that it was given. */
const identities = [
  'AWS_ACCESS_KEY_ID',
  'AWS_SECRET_ACCESS_KEY',
  'AWS_SESSION_TOKEN',
  'AWS_SECURITY_TOKEN',
  'AWS_CREDENTIAL_EXPIRATION',
  'AWS_DEFAULT_PROFILE',
  'AWS_PROFILE',
  'AWS_ROLE_ARN',
  'AWS_ROLE_SESSION_NAME',
  'AWS_WEB_IDENTITY_TOKEN_FILE',
  'AWS_CONTAINER_CREDENTIALS_FULL_URI',
  'AWS_CONTAINER_CREDENTIALS_RELATIVE_URI',
  'AWS_CONTAINER_AUTHORIZATION_TOKEN',
  'AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE',
  'AWS_VAULT',
  'BAO_TOKEN',
  'VAULT_TOKEN',
  'BAO_TOKEN_FILE',
  'BAO_ROLE_ID',
  'BAO_SECRET_ID',
  'BAO_SECRET_ID_FILE',
  'BAO_SECRET_ID_ACCESSOR',
  'BAO_WRAPPED_SECRET_ID',
  'BAO_WRAPPED_SECRET_ID_EXPIRES',
  'INFISICAL_TOKEN',
  'INFISICAL_TOKEN_FILE',
  'INFISICAL_UNIVERSAL_AUTH_CLIENT_ID',
  'INFISICAL_UNIVERSAL_AUTH_CLIENT_SECRET',
];

/** What an SDK needs to find the one profile, and nothing else of this user's. */
export interface AwsProfileFile {
  readonly file: string;
  readonly profile: string;
  readonly region: string;
}

/**
 * Environment of the child: this process's without any identity, and what was asked for.
 *
 * @param aws      undefined: the child gets no AWS identity
 * @param secrets  variables with secret values
 */
export function childEnvironment(
  env: NodeJS.ProcessEnv,
  aws: AwsProfileFile | undefined,
  secrets: Readonly<Record<string, string>>,
): NodeJS.ProcessEnv {
  const kept = Object.fromEntries(
    Object.entries(env).filter(([name]) => !identities.includes(name)),
  );
  if (aws === undefined) return { ...kept, ...secrets };
  return {
    ...kept,
    AWS_PROFILE: aws.profile,
    AWS_CONFIG_FILE: aws.file,
    // Keys that stand there under the same name would win.
    AWS_SHARED_CREDENTIALS_FILE: '/dev/null',
    AWS_REGION: aws.region,
    AWS_DEFAULT_REGION: aws.region,
    // For SDKs of the first generation of Go.
    AWS_SDK_LOAD_CONFIG: '1',
    AWS_EC2_METADATA_DISABLED: 'true',
    ...secrets,
  };
}
