import { realpathSync } from 'node:fs';
import { join } from 'node:path';
import type { Contract } from '../../contract/contract.ts';
import { UserError } from '../../user-error.ts';
import type { OwnConsumer } from '../certificate/consumer.ts';
import { writeWhole } from '../certificate/state.ts';

/** What a child must not inherit: it gets what its consumer is granted, and no way to more. */
const taken = [
  'BAO_TOKEN',
  'VAULT_TOKEN',
  'BAO_TOKEN_FILE',
  'BAO_ROLE_ID',
  'BAO_SECRET_ID',
  'BAO_SECRET_ID_FILE',
  'BAO_SECRET_ID_ACCESSOR',
  'BAO_WRAPPED_SECRET_ID',
  'BAO_WRAPPED_SECRET_ID_EXPIRES',
  'CREDENTIALS_DIRECTORY',
];

/** They would win over a profile. */
const ofAws = [
  'AWS_ACCESS_KEY_ID',
  'AWS_SECRET_ACCESS_KEY',
  'AWS_SESSION_TOKEN',
  'AWS_PROFILE',
  'AWS_DEFAULT_PROFILE',
];

export interface Given {
  readonly env: NodeJS.ProcessEnv;
  readonly values: Readonly<Record<string, string>>;
  /** AWS_CONFIG_FILE; absent: the consumer has no profile. */
  readonly awsConfig: string | undefined;
  /** The one AWS profile where there is one alone. */
  readonly awsProfile: string | undefined;
  /** Only where it was asked for. */
  readonly token: string | undefined;
}

export function childEnvironment(given: Given): NodeJS.ProcessEnv {
  const { env, values, awsConfig, awsProfile, token } = given;
  const without = new Set(awsConfig === undefined ? taken : [...taken, ...ofAws]);
  return {
    ...Object.fromEntries(Object.entries(env).filter(([name]) => !without.has(name))),
    ...values,
    ...(awsConfig === undefined ? {} : { AWS_CONFIG_FILE: awsConfig }),
    ...(awsProfile === undefined ? {} : { AWS_PROFILE: awsProfile }),
    ...(token === undefined ? {} : { BAO_TOKEN: token, VAULT_TOKEN: token }),
  };
}

/** Names of the AWS profiles that the consumer is granted. */
export function awsProfiles(contract: Contract, { grants }: OwnConsumer): readonly string[] {
  return grants.profiles.flatMap((name) => contract.profiles[name]?.role ?? []);
}

/**
 * An AWS configuration file whose profiles fetch their sessions when they are needed, with the token that is
 * kept in a file beside it. The SDKs of AWS split the command as a shell does ("Sourcing credentials with an
 * external process" in the SDK reference), so each word stands in double quotes.
 *
 * @returns undefined where no profile is granted
 */
export function writeAwsConfig(
  contract: Contract,
  { grants }: OwnConsumer,
  directory: string,
  tokenFile: string,
): string | undefined {
  const client = realpathSync(process.argv[1] ?? '');
  const sections = grants.profiles.flatMap((name) => {
    const profile = contract.profiles[name];
    if (profile === undefined) return [];
    const command = [
      '/usr/bin/env',
      `BAO_TOKEN_FILE=${tokenFile}`,
      process.execPath,
      client,
      'creds',
      'aws',
      name,
    ].map(quoted);
    return [
      `[profile ${profile.role}]`,
      `region = ${profile.region}`,
      `credential_process = ${command.join(' ')}`,
      '',
    ];
  });
  if (sections.length === 0) return undefined;
  const file = join(directory, 'aws-config');
  writeWhole(file, sections.join('\n'));
  return file;
}

function quoted(word: string): string {
  if (/^[A-Za-z0-9_/=.:@%+-]+$/.test(word)) return word;
  if (/["\\$`\n]/.test(word)) {
    throw new UserError(`the path ${word} cannot stand in a configuration of AWS`);
  }
  return `"${word}"`;
}
