import { readFile } from 'node:fs/promises';
import { platform } from 'node:os';
import { join } from 'node:path';
import { z } from 'zod';
import { becomeTerraform } from '../src/commands/terraform-identity.ts';
import { openSession, type Person } from './identity.ts';
import { health } from './openbao/api.ts';
import { writePrivateFile } from './private-file.ts';
import type { Lab } from './lab.ts';

export interface LabEnvironment {
  /** Undefined where Ansible has not made OpenBao yet: there is no token then. */
  readonly person: Person | undefined;
  /** Variables to set; an empty one is to be unset. */
  readonly variables: Readonly<Record<string, string>>;
}

/**
 * What a shell needs so that `cdktf`, `terraform`, `bao`, `aws` and `backbone` speak to the lab. The
 * OpenBao tokens in it are new and end by themselves within the hour.
 *
 * @param as  whose. @default - the operator, as soon as there is one
 */
export async function labEnvironment(lab: Lab, as?: Person): Promise<LabEnvironment> {
  const { paths, backbone, parts, record } = lab;
  await renewAdmin(lab);
  const aws = `http://127.0.0.1:${String(record.ports.aws)}`;
  await writePrivateFile(
    paths.awsConfig,
    [
      '[default]',
      `region = ${backbone.declaration.aws.region}`,
      `endpoint_url = ${aws}`,
      `credential_process = cat "${join(paths.awsState, 'admin-credentials.json')}"`,
      's3 =',
      '  addressing_style = path',
      '',
    ].join('\n'),
  );
  const address = backbone.openbaoAddress;
  const { person, token, terraform } = await tokens(lab, as);
  return {
    person,
    variables: {
      BACKBONE_FILE: paths.declaration,
      BACKBONE_LOCKS: paths.locks,
      BACKBONE_CONTRACT: paths.contract,
      BAO_ADDR: address,
      BAO_CACERT: paths.caCertificate,
      BAO_TOKEN: token,
      VAULT_ADDR: address,
      VAULT_CACERT: paths.caCertificate,
      // The `vault` provider reads it, and gets the identity for its work rather than a person's.
      VAULT_TOKEN: terraform,
      ...(await infisicalLogin(lab)),
      PROXMOX_VE_API_TOKEN: (await readFile(paths.proxmoxToken, 'utf8')).trim(),
      // Go reads it everywhere but on macOS, where only the keychain counts; the stand-ins read it there, too.
      SSL_CERT_FILE: paths.caBundle,
      ...(platform() === 'darwin' ? { PROXMOX_VE_INSECURE: 'true' } : {}),
      CURL_CA_BUNDLE: paths.caBundle,
      // The doubles speak TLS to containers, and to whatever is told the same address.
      AWS_CA_BUNDLE: record.flavour === 'container' ? paths.caBundle : '',
      NODE_EXTRA_CA_CERTS: record.flavour === 'container' ? paths.caCertificate : '',
      AWS_CONFIG_FILE: paths.awsConfig,
      AWS_SHARED_CREDENTIALS_FILE: '/nonexistent',
      AWS_EC2_METADATA_DISABLED: 'true',
      AWS_ENDPOINT_URL: aws,
      AWS_ACCESS_KEY_ID: '',
      AWS_SECRET_ACCESS_KEY: '',
      AWS_SESSION_TOKEN: '',
      AWS_PROFILE: '',
      TERRAFORM_BINARY_NAME:
        parts.terraform.source === 'PATH' ? parts.terraform.name : parts.terraform.path,
      TF_CLI_CONFIG_FILE: paths.terraformConfig,
      TF_PLUGIN_CACHE_DIR: '',
      // cdktf would point Terraform at a plugin cache of its own, and call home for versions.
      CDKTF_DISABLE_PLUGIN_CACHE_ENV: '1',
      CHECKPOINT_DISABLE: '1',
      DISABLE_VERSION_CHECK: '1',
    },
  };
}

interface Tokens {
  readonly person: Person | undefined;
  readonly token: string;
  readonly terraform: string;
}

async function tokens(lab: Lab, as?: Person): Promise<Tokens> {
  const { record, backbone, paths } = lab;
  // A process of the lab is there, or it is a fault. A container becomes OpenBao by Ansible, later.
  const there =
    record.flavour === 'process' ||
    (await health(backbone.openbaoAddress, paths.caCertificate)) === 'active';
  if (!there) return { person: undefined, token: '', terraform: '' };
  const { person, connection } = await openSession(lab, as);
  const token = connection.token ?? '';
  const terraform =
    person === 'bootstrap' ? token : await becomeTerraform('terraform-apply', backbone, connection);
  return { person, token, terraform };
}

/** As its first identity, which the stack `infisical` and `backbone infisical` log in as. */
async function infisicalLogin({ paths, backbone }: Lab): Promise<Record<string, string>> {
  if (backbone.infisical === undefined) return {};
  const { clientId, clientSecret } = z
    .object({ clientId: z.string(), clientSecret: z.string() })
    .parse(JSON.parse(await readFile(paths.infisicalAdministrator, 'utf8')));
  return {
    INFISICAL_UNIVERSAL_AUTH_CLIENT_ID: clientId,
    INFISICAL_UNIVERSAL_AUTH_CLIENT_SECRET: clientSecret,
    INFISICAL_TOKEN: '',
  };
}

/** As lines for `eval`: quoted, so that nothing in a value is a command. */
export function shellLines({ variables }: LabEnvironment): string {
  return Object.entries(variables)
    .map(([name, value]) =>
      value === ''
        ? `unset ${name}`
        : `export ${name}='${value.replaceAll("'", String.raw`'\''`)}'`,
    )
    .join('\n');
}

/** This process's environment with the lab's over it. */
export function withLab({ variables }: LabEnvironment): Record<string, string> {
  const merged = { ...process.env, ...variables };
  return Object.fromEntries(
    Object.entries(merged).filter((entry): entry is [string, string] => {
      const [, value] = entry;
      return value !== undefined && value !== '';
    }),
  );
}

/** The session that deploys lasts 12 hours; each shell gets a new one. */
async function renewAdmin({ paths, record }: Lab): Promise<void> {
  const token = (await readFile(join(paths.awsState, 'control-token'), 'utf8')).trim();
  const response = await fetch(`http://127.0.0.1:${String(record.ports.aws)}/_lab/admin`, {
    method: 'POST',
    headers: { authorization: `Bearer ${token}` },
  });
  if (!response.ok) throw new Error(`the AWS double gave no session: ${String(response.status)}`);
}
