import type { OpenBao } from './openbao.ts';
import type { Found, Row } from './row.ts';
import type { Values } from '../provider-protocol/value.ts';
import { authBackend } from './rows/auth-backend.ts';
import { approleRole, certRole, jwtRole, tokenRole } from './rows/auth-roles.ts';
import { awsSecretBackend, awsSecretBackendRole } from './rows/aws.ts';
import { databaseRole } from './rows/database.ts';
import { genericEndpoint } from './rows/generic-endpoint.ts';
import { entity, entityAlias } from './rows/identity.ts';
import { oidcKey, oidcRole } from './rows/identity-oidc.ts';
import { jwtBackend } from './rows/jwt-backend.ts';
import { kvBackendV2, kvSecretV2 } from './rows/kv.ts';
import { mount } from './rows/mount.ts';
import { pkiRole, rootCert } from './rows/pki.ts';
import { passwordPolicy, policy, quotaRateLimit } from './rows/policies.ts';
import { sshCa, sshRole } from './rows/ssh.ts';
import * as reads from './rows/reads.ts';

/** Every resource type that the stand-in serves. `providers/vault.json` has the schema of each. */
export const resources: Readonly<Record<string, Row>> = {
  vault_approle_auth_backend_role: approleRole,
  vault_auth_backend: authBackend,
  vault_aws_secret_backend: awsSecretBackend,
  vault_aws_secret_backend_role: awsSecretBackendRole,
  vault_cert_auth_backend_role: certRole,
  vault_database_secret_backend_role: databaseRole,
  vault_generic_endpoint: genericEndpoint,
  vault_identity_entity: entity,
  vault_identity_entity_alias: entityAlias,
  vault_identity_oidc_key: oidcKey,
  vault_identity_oidc_role: oidcRole,
  vault_jwt_auth_backend: jwtBackend,
  vault_jwt_auth_backend_role: jwtRole,
  vault_kv_secret_backend_v2: kvBackendV2,
  vault_kv_secret_v2: kvSecretV2,
  vault_mount: mount,
  vault_password_policy: passwordPolicy,
  vault_pki_secret_backend_role: pkiRole,
  vault_pki_secret_backend_root_cert: rootCert,
  vault_policy: policy,
  vault_quota_rate_limit: quotaRateLimit,
  vault_ssh_secret_backend_ca: sshCa,
  vault_ssh_secret_backend_role: sshRole,
  vault_token_auth_backend_role: tokenRole,
};

/** Something that is only read: a data source, or an ephemeral resource when it is opened. */
export type Read = (bao: OpenBao, config: Values) => Promise<Found>;

export const dataSources: Readonly<Record<string, Read>> = {
  vault_approle_auth_backend_role_id: reads.approleRoleId,
  vault_auth_backend: reads.authBackendData,
  vault_kv_secret_v2: reads.kvSecretData,
};

export const ephemeralResources: Readonly<Record<string, Read>> = {
  vault_aws_access_credentials: reads.awsAccessCredentials,
  vault_kv_secret_v2: reads.kvSecretEphemeral,
};
