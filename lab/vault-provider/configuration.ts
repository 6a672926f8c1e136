import { readFileSync } from 'node:fs';
import type { Connection } from './openbao.ts';
import { isZero, unknown, type Values } from '../provider-protocol/value.ts';

/** What a person has to put right in the provider block or the environment. */
export class ConfigurationError extends Error {
  override readonly name = 'ConfigurationError';
  constructor(
    message: string,
    readonly attribute?: string,
  ) {
    super(message);
  }
}

/** Settings that the stand-in honours; anything else that is set is refused, never passed over. */
const known = new Set([
  'address',
  'token',
  'token_name',
  'ca_cert_file',
  'max_lease_ttl_seconds',
  'max_retries',
  'max_retries_ccc',
  'skip_child_token',
  'skip_get_vault_version',
  'set_namespace_from_token',
]);

/**
 * @throws ConfigurationError  TLS verification is switched off, or a setting that only the real provider
 *   knows is used
 */
export function checkConfiguration(config: Values, env: NodeJS.ProcessEnv): void {
  if (config['skip_tls_verify'] === true || isOn(env['VAULT_SKIP_VERIFY'])) {
    throw new ConfigurationError(
      'skip_tls_verify (or VAULT_SKIP_VERIFY) is set: the stand-in never talks to a server that it ' +
        'cannot verify. Name the certificate authority in ca_cert_file or VAULT_CACERT.',
      'skip_tls_verify',
    );
  }
  for (const [name, value] of Object.entries(config)) {
    if (!known.has(name) && !isZero(value)) {
      throw new ConfigurationError(
        `The stand-in for the vault provider does not know "${name}". Remove it, or use the real ` +
          'provider hashicorp/vault 5.6.0.',
        name,
      );
    }
  }
}

/**
 * The connection that a provider block and the environment describe, the block first. Beside the names
 * that the real provider reads (VAULT_...), those of OpenBao count (BAO_...).
 *
 * @throws ConfigurationError  no address or no token, or the CA file cannot be read
 */
export function connection(config: Values, env: NodeJS.ProcessEnv): Connection {
  checkConfiguration(config, env);
  const text = (name: string, ...variables: readonly string[]) => {
    const configured = config[name];
    if (configured === unknown) throw new ConfigurationError(`${name} is not known yet`, name);
    if (typeof configured === 'string' && configured !== '') return configured;
    return variables
      .map((variable) => env[variable])
      .find((value) => value !== undefined && value !== '');
  };
  const address = text('address', 'VAULT_ADDR', 'BAO_ADDR');
  if (address === undefined || !/^https?:\/\/[^/]/.test(address)) {
    throw new ConfigurationError(
      'The address of OpenBao is missing or no URL. Set `address`, VAULT_ADDR or BAO_ADDR, ' +
        'e.g. https://openbao.example.net:8200.',
      'address',
    );
  }
  const token = text('token', 'VAULT_TOKEN', 'BAO_TOKEN')?.trim();
  if (token === undefined) {
    throw new ConfigurationError('No token: set VAULT_TOKEN or BAO_TOKEN.', 'token');
  }
  if (!/^[\x21-\x7e]+$/.test(token)) {
    throw new ConfigurationError(
      'The token has characters that no token has (a line break, a space?).',
      'token',
    );
  }
  const caFile = text('ca_cert_file', 'VAULT_CACERT', 'BAO_CACERT');
  const ttl = config['max_lease_ttl_seconds'] ?? Number(env['TERRAFORM_VAULT_MAX_TTL'] ?? 1200);
  const skipChild =
    config['skip_child_token'] === true || isOn(env['TERRAFORM_VAULT_SKIP_CHILD_TOKEN']);
  return {
    address,
    token,
    ca: caFile === undefined ? undefined : readCa(caFile),
    childToken: skipChild
      ? undefined
      : {
          name: text('token_name', 'VAULT_TOKEN_NAME') ?? 'terraform',
          ttlSeconds: typeof ttl === 'number' ? ttl : 1200,
        },
  };
}

function readCa(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new ConfigurationError(`The CA certificate cannot be read: ${why}`, 'ca_cert_file');
  }
}

function isOn(value: string | undefined): boolean {
  return value !== undefined && ['1', 't', 'true'].includes(value.toLowerCase());
}
