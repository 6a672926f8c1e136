import { readFile, writeFile } from 'node:fs/promises';
import { argv } from 'node:process';
import { fileURLToPath } from 'node:url';
import { format, resolveConfig } from 'prettier';

/**
 * Every place at which a provider would put a secret value into Terraform's state: `sensitive` in its
 * schema and not `write_only`. The guardrails refuse them all.
 *
 * `node --import tsx providers/secret-attributes.ts <schema.json>...`, where each file is what
 * `terraform providers schema -json` says (README.md has the versions).
 */

/** Attribute paths with dots, e.g. `initialization.user_account.password`. */
export interface SecretPlaces {
  /** Stored when it is set. */
  readonly set: readonly string[];
  /** Stored whether or not anything is set: the server or provider tells it. */
  readonly exported: readonly string[];
}

export interface SecretAttributes {
  /** Provider to its version, for a reader who wants to make this anew. */
  readonly versions: Readonly<Record<string, string>>;
  /** Types whose schema was read and has no such attribute, as far as this program uses them. */
  readonly without: readonly string[];
  readonly resources: Readonly<Record<string, SecretPlaces>>;
  readonly data: Readonly<Record<string, SecretPlaces>>;
  /** By the provider's own name, as in `provider "vault"`. */
  readonly providers: Readonly<Record<string, readonly string[]>>;
}

interface Attribute {
  readonly sensitive?: boolean;
  readonly write_only?: boolean;
  readonly computed?: boolean;
  readonly optional?: boolean;
  readonly required?: boolean;
  readonly nested_type?: Block;
}
interface Block {
  readonly attributes?: Readonly<Record<string, Attribute>>;
  readonly block_types?: Readonly<Record<string, { readonly block: Block }>>;
}
type Schemas = Readonly<Record<string, { readonly block: Block }>>;
interface ProviderSchema {
  readonly provider: { readonly block: Block };
  readonly resource_schemas?: Schemas;
  readonly data_source_schemas?: Schemas;
}
export interface SchemaFile {
  readonly provider_schemas: Readonly<Record<string, ProviderSchema>>;
}

interface Types {
  readonly resources: readonly string[];
  readonly data: readonly string[];
}

/** What this program writes; a type that stands nowhere in the list is refused by `unknown-type`. */
const used: Types = {
  resources: [
    ...['aws_dynamodb_table', 'aws_iam_role', 'aws_iam_role_policy', 'aws_rolesanywhere_profile'],
    ...['aws_rolesanywhere_trust_anchor', 'aws_s3_bucket', 'aws_s3_bucket_ownership_controls'],
    ...['aws_s3_bucket_policy', 'aws_s3_bucket_public_access_block', 'aws_s3_bucket_versioning'],
    'aws_s3_bucket_server_side_encryption_configuration',
    ...['infisical_identity', 'infisical_identity_oidc_auth', 'infisical_identity_universal_auth'],
    ...['infisical_project', 'infisical_project_environment', 'infisical_project_identity'],
    ...['infisical_project_identity_specific_privilege', 'infisical_secret_folder'],
    'infisical_secret_sync_github',
    ...['proxmox_download_file', 'proxmox_virtual_environment_container'],
    ...['proxmox_virtual_environment_firewall_options', 'proxmox_virtual_environment_pool'],
    'proxmox_virtual_environment_firewall_rules',
    ...['vault_approle_auth_backend_role', 'vault_auth_backend', 'vault_aws_secret_backend'],
    ...['vault_aws_secret_backend_role', 'vault_cert_auth_backend_role', 'vault_generic_endpoint'],
    ...['vault_database_secret_backend_role', 'vault_ssh_secret_backend_role'],
    'vault_token_auth_backend_role',
    ...['vault_identity_oidc_key', 'vault_identity_oidc_role'],
    ...['vault_identity_entity', 'vault_identity_entity_alias', 'vault_jwt_auth_backend_role'],
    ...['vault_kv_secret_backend_v2', 'vault_mount', 'vault_password_policy', 'vault_policy'],
    ...['vault_pki_secret_backend_role', 'vault_pki_secret_backend_root_cert'],
    'vault_quota_rate_limit',
  ],
  data: ['proxmox_virtual_environment_containers', 'proxmox_virtual_environment_vms'],
};

const file = new URL('./secret-attributes.json', import.meta.url);

/** @throws Error  a type that is used stands in none of the schemas */
export function secretAttributes(
  schemas: readonly SchemaFile[],
  versions: SecretAttributes['versions'],
  types: Types = used,
): SecretAttributes {
  const all = schemas.flatMap(({ provider_schemas }) => Object.entries(provider_schemas));
  const of = (kind: 'resource_schemas' | 'data_source_schemas') =>
    all.flatMap(([, schema]) => Object.entries(schema[kind] ?? {}));
  const resources = of('resource_schemas');
  const data = of('data_source_schemas');
  return {
    versions,
    without: [
      ...withoutSecrets(types.resources, resources),
      ...withoutSecrets(types.data, data).map((type) => `data.${type}`),
    ].sort(),
    resources: secretPlaces(resources),
    data: secretPlaces(data),
    providers: Object.fromEntries(
      all
        .map(([source, { provider }]) => {
          const found = sensitive(provider.block).map(({ path }) => path);
          return [source.replace(/^.*\//, ''), found.sort()] as const;
        })
        .sort(byName),
    ),
  };
}

type Entries = readonly (readonly [string, { readonly block: Block }])[];

function withoutSecrets(types: readonly string[], schemas: Entries): readonly string[] {
  return types.filter((type) => {
    const found = schemas.find(([name]) => name === type);
    if (found === undefined) throw new Error(`no schema has the type ${type}`);
    return sensitive(found[1].block).length === 0;
  });
}

function secretPlaces(schemas: Entries): Readonly<Record<string, SecretPlaces>> {
  const rows = schemas.flatMap(([type, { block }]) => {
    const found = sensitive(block);
    const paths = (wanted: (attribute: Attribute) => boolean) =>
      found
        .filter(({ attribute }) => wanted(attribute))
        .map(({ path }) => path)
        .sort();
    const set = paths(({ optional, required }) => optional === true || required === true);
    const exported = paths(({ computed }) => computed === true);
    return found.length === 0 ? [] : [[type, { set, exported }] as const];
  });
  return Object.fromEntries(rows.sort(byName));
}

function byName([a]: readonly [string, unknown], [b]: readonly [string, unknown]): number {
  return a < b ? -1 : 1;
}

interface Found {
  readonly path: string;
  readonly attribute: Attribute;
}

function sensitive(block: Block, above = ''): readonly Found[] {
  const own = Object.entries(block.attributes ?? {}).flatMap(([name, attribute]) => {
    const path = `${above}${name}`;
    const nested =
      attribute.nested_type === undefined ? [] : sensitive(attribute.nested_type, `${path}.`);
    const here = attribute.sensitive === true && attribute.write_only !== true;
    return here ? [{ path, attribute }, ...nested] : nested;
  });
  const below = Object.entries(block.block_types ?? {}).flatMap(([name, { block: inner }]) =>
    sensitive(inner, `${above}${name}.`),
  );
  return [...own, ...below];
}

if (argv[1] === fileURLToPath(import.meta.url)) {
  const schemas = await Promise.all(
    argv.slice(2).map(async (name) => JSON.parse(await readFile(name, 'utf8')) as SchemaFile),
  );
  const known = JSON.parse(await readFile(file, 'utf8').catch(() => '{}')) as {
    versions?: SecretAttributes['versions'];
  };
  const text = JSON.stringify(secretAttributes(schemas, known.versions ?? {}));
  const { pathname } = file;
  await writeFile(
    file,
    await format(text, { ...(await resolveConfig(pathname)), filepath: pathname }),
  );
}
