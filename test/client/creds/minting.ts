import { createHash } from 'node:crypto';
import { copyFileSync, linkSync, mkdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { goTool, goTools } from '../../../lab/parts/go.ts';
import { stateSessionPolicy } from '../../../policies/aws/terraform-state.ts';
import { profileTrust } from '../../../policies/aws/trust.ts';
import { accountId, region, runAws, type RunningAws } from '../../lab/aws/running-aws.ts';
import { addresses, deploy, type ClientOptions, type Deployed } from '../deployed.ts';

export { addresses };

export const role = 'tf-proxmox';
export const bucket = `tfstate-proxmox-${accountId}`;
export const key = 'terraform/proxmox/terraform.tfstate';
export const table = 'terraform-proxmox-locks-useast2';
export { region };

/** What a credential_process prints. */
export interface Printed {
  readonly Version: number;
  readonly AccessKeyId: string;
  readonly SecretAccessKey: string;
  readonly SessionToken: string;
  readonly Expiration: string;
}

/** A real OpenBao with the real AWS engine, which mints sessions of the AWS double. */
export interface Minting extends Deployed {
  readonly aws: RunningAws;
  /** Options that make the client the consumer `terraform-agent`, with a token in a file. */
  readonly asAgent: (options?: ClientOptions) => Promise<ClientOptions>;
  /** How many sessions were minted: answered requests of the role in the audit log. */
  readonly mints: () => Promise<number>;
}

/** About five seconds: moto, the double, OpenBao, the role and its bucket. */
export async function mintingDeployment(): Promise<Minting> {
  const aws = await runAws();
  try {
    const engine = await goTool(goTools.awsSecretsEngine, () => undefined);
    const deployed = await deploy({
      plugins: (directory) => pluginStanza(directory, engine.path, aws),
    });
    try {
      await makeAws(aws);
      await mountEngine(deployed, aws);
    } catch (error) {
      await deployed.stop();
      throw error;
    }
    return {
      ...deployed,
      aws,
      asAgent: async (options = {}) => ({
        consumer: 'terraform-agent',
        localAddress: addresses['terraform-agent'],
        ...options,
        env: { BAO_TOKEN: await deployed.tokenOf('terraform-agent'), ...options.env },
      }),
      mints: async () =>
        (await deployed.audit()).filter((entry) => {
          const { path } = entry['request'] as { path?: string };
          const { secret } = (entry['response'] ?? {}) as { secret?: unknown };
          return entry['type'] === 'response' && path === `aws/sts/${role}` && secret !== undefined;
        }).length,
      stop: async () => {
        await deployed.stop();
        await aws.stop();
      },
    };
  } catch (error) {
    await aws.stop();
    throw error;
  }
}

/** The engine's identity is the double's administrator, by the environment of the plugin. */
function pluginStanza(directory: string, engine: string, aws: RunningAws): string {
  const plugins = join(directory, 'plugins');
  mkdirSync(plugins, { recursive: true, mode: 0o700 });
  const file = join(plugins, basename(engine));
  try {
    linkSync(engine, file);
  } catch {
    copyFileSync(engine, file);
  }
  const sha256 = createHash('sha256').update(readFileSync(engine)).digest('hex');
  const env = [
    `AWS_ACCESS_KEY_ID=${aws.admin.AccessKeyId}`,
    `AWS_SECRET_ACCESS_KEY=${aws.admin.SecretAccessKey}`,
    `AWS_SESSION_TOKEN=${aws.admin.SessionToken}`,
    'AWS_SHARED_CREDENTIALS_FILE=/nonexistent',
    'AWS_CONFIG_FILE=/nonexistent',
    'AWS_EC2_METADATA_DISABLED=true',
  ];
  return `plugin "secret" "aws" {
  command = ${JSON.stringify(basename(engine))}
  version = "v0.3.0"
  sha256sum = "${sha256}"
  env = ${JSON.stringify(env)}
}
`;
}

async function makeAws(aws: RunningAws): Promise<void> {
  const trust = JSON.stringify(profileTrust(`arn:aws:iam::${accountId}:role/lab-admin`));
  const everything = JSON.stringify({
    Version: '2012-10-17',
    Statement: [{ Effect: 'Allow', Action: '*', Resource: '*' }],
  });
  const calls = [
    ['s3api', 'create-bucket', '--bucket', bucket].concat(
      '--create-bucket-configuration',
      `LocationConstraint=${region}`,
    ),
    ['dynamodb', 'create-table', '--table-name', table, '--billing-mode', 'PAY_PER_REQUEST'].concat(
      ...['--attribute-definitions', 'AttributeName=LockID,AttributeType=S'],
      ...['--key-schema', 'AttributeName=LockID,KeyType=HASH'],
    ),
    ['iam', 'create-role', '--role-name', role, '--assume-role-policy-document', trust],
    ['iam', 'put-role-policy', '--role-name', role, '--policy-name', 'permissions'].concat(
      '--policy-document',
      everything,
    ),
  ];
  for (const call of calls) await aws.json(aws.admin, ...call);
}

async function mountEngine({ admin, backbone }: Deployed, aws: RunningAws): Promise<void> {
  const profile = backbone.profiles.find((one) => one.role === role);
  if (profile === undefined) throw new Error(`no profile of ${role}`);
  await admin('POST', 'sys/mounts/aws', {
    type: 'aws',
    config: { default_lease_ttl: '15m', max_lease_ttl: '1h' },
  });
  await admin('POST', 'aws/config/root', {
    region,
    iam_endpoint: aws.url,
    sts_endpoint: aws.url,
    max_retries: 1,
  });
  await admin('POST', `aws/roles/${role}`, {
    credential_type: 'assumed_role',
    role_arns: [`arn:aws:iam::${accountId}:role/${role}`],
    policy_document: JSON.stringify(
      stateSessionPolicy({
        declared: profile.declared,
        bucketArn: `arn:aws:s3:::${bucket}`,
        tableArn: `arn:aws:dynamodb:${region}:${accountId}:table/${table}`,
      }),
    ),
    default_sts_ttl: 900,
    max_sts_ttl: 3600,
  });
}
