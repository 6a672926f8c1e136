import { rule as aclAdministration } from './acl-administration.ts';
import { rule as aclSecretIdWrapped } from './acl-secret-id-wrapped.ts';
import { rule as aclSessionParameters } from './acl-session-parameters.ts';
import { rule as aclSudo } from './acl-sudo.ts';
import { rule as aclUnreadable } from './acl-unreadable.ts';
import { rule as aclWildcard } from './acl-wildcard.ts';
import { rule as approleBindSecretId } from './approle-bind-secret-id.ts';
import { rule as approleCidr } from './approle-cidr.ts';
import { rule as approleSecretIdResource } from './approle-secret-id-resource.ts';
import { rule as approleSecretIdTtl } from './approle-secret-id-ttl.ts';
import { rule as approleSecretIdUses } from './approle-secret-id-uses.ts';
import { rule as awsAccountBound } from './aws-account-bound.ts';
import { rule as awsAttachedPolicy } from './aws-attached-policy.ts';
import { rule as awsIamUser } from './aws-iam-user.ts';
import { rule as awsPolicyUnreadable } from './aws-policy-unreadable.ts';
import { rule as awsRoleTrust } from './aws-role-trust.ts';
import { rule as awsRolesAnywhereBound } from './aws-roles-anywhere-bound.ts';
import { rule as awsSessionDeclared } from './aws-session-declared.ts';
import { rule as awsSessionHour } from './aws-session-hour.ts';
import { rule as awsSessionPolicy } from './aws-session-policy.ts';
import { rule as awsStaticBrokerKey } from './aws-static-broker-key.ts';
import { rule as awsWildcardAction } from './aws-wildcard-action.ts';
import { rule as awsWildcardResource } from './aws-wildcard-resource.ts';
import { rule as backendSecure } from './backend-secure.ts';
import { rule as certificateLoginNames } from './certificate-login-names.ts';
import { rule as containerFirewall } from './container-firewall.ts';
import { rule as containerFirewallSource } from './container-firewall-source.ts';
import { rule as containerHostAccess } from './container-host-access.ts';
import { rule as containerStartedWalled } from './container-started-walled.ts';
import { rule as containerSwap } from './container-swap.ts';
import { rule as containerUnprivileged } from './container-unprivileged.ts';
import { rule as engineLease } from './engine-lease.ts';
import { rule as identityPolicies } from './identity-policies.ts';
import { rule as infisicalAccessToken } from './infisical-access-token.ts';
import { rule as infisicalClientSecretResource } from './infisical-client-secret-resource.ts';
import { rule as infisicalOidcBound } from './infisical-oidc-bound.ts';
import { rule as infisicalPrivilege } from './infisical-privilege.ts';
import { rule as infisicalRole } from './infisical-role.ts';
import { rule as infisicalSyncDeletes } from './infisical-sync-deletes.ts';
import { rule as infisicalTrustedIps } from './infisical-trusted-ips.ts';
import { rule as jwtIssuerBound } from './jwt-issuer-bound.ts';
import { rule as jwtLoginBound } from './jwt-login-bound.ts';
import { rule as jwtRunBound } from './jwt-run-bound.ts';
import { rule as kvCheckAndSet } from './kv-check-and-set.ts';
import { rule as kvRotation } from './kv-rotation.ts';
import { rule as kvSharedAccount } from './kv-shared-account.ts';
import { rule as lockTableRecovery } from './lock-table-recovery.ts';
import { rule as loginCidr } from './login-cidr.ts';
import { rule as loginMethodBounds } from './login-method-bounds.ts';
import { rule as loginRateLimit } from './login-rate-limit.ts';
import { rule as pkiKeyInside } from './pki-key-inside.ts';
import { rule as pkiRoleLife } from './pki-role-life.ts';
import { rule as pkiRoleNames } from './pki-role-names.ts';
import { rule as pkiRoleUse } from './pki-role-use.ts';
import { rule as providerPinned } from './provider-pinned.ts';
import { rule as raftOneNode } from './raft-one-node.ts';
import { rule as rootPolicy } from './root-policy.ts';
import { rule as secretFromData } from './secret-from-data.ts';
import { rule as secretFromResource } from './secret-from-resource.ts';
import { rule as secretInBackend } from './secret-in-backend.ts';
import { rule as secretInLocals } from './secret-in-locals.ts';
import { rule as secretInOutput } from './secret-in-output.ts';
import { rule as secretInProvider } from './secret-in-provider.ts';
import { rule as secretInState } from './secret-in-state.ts';
import { rule as secretInVariable } from './secret-in-variable.ts';
import { rule as secretLiteral } from './secret-literal.ts';
import { rule as stateBucketAcl } from './state-bucket-acl.ts';
import { rule as stateBucketClosed } from './state-bucket-closed.ts';
import { rule as stateBucketEncrypted } from './state-bucket-encrypted.ts';
import { rule as stateBucketKept } from './state-bucket-kept.ts';
import { rule as stateBucketPolicyDenies } from './state-bucket-policy-denies.ts';
import { rule as stateBucketTls } from './state-bucket-tls.ts';
import { rule as stateBucketVersioned } from './state-bucket-versioned.ts';
import { rule as templateChecksum } from './template-checksum.ts';
import { rule as templatePlainHttp } from './template-plain-http.ts';
import { rule as tlsVerified } from './tls-verified.ts';
import { rule as tokenDefaultPolicy } from './token-default-policy.ts';
import { rule as tokenLife } from './token-life.ts';
import { rule as tokenPeriodic } from './token-periodic.ts';
import { rule as tokenResource } from './token-resource.ts';
import { rule as tokenRevocable } from './token-revocable.ts';
import { rule as tokenRole } from './token-role.ts';
import { rule as unknownBlock } from './unknown-block.ts';
import { rule as unknownType } from './unknown-type.ts';
import type { Rule } from './reading/rule.ts';

/** Every guardrail, in the order of their ids. */
export const rules: readonly Rule[] = [
  aclAdministration,
  aclSecretIdWrapped,
  aclSessionParameters,
  aclSudo,
  aclUnreadable,
  aclWildcard,
  approleBindSecretId,
  approleCidr,
  approleSecretIdResource,
  approleSecretIdTtl,
  approleSecretIdUses,
  awsAccountBound,
  awsAttachedPolicy,
  awsIamUser,
  awsPolicyUnreadable,
  awsRoleTrust,
  awsRolesAnywhereBound,
  awsSessionDeclared,
  awsSessionHour,
  awsSessionPolicy,
  awsStaticBrokerKey,
  awsWildcardAction,
  awsWildcardResource,
  backendSecure,
  certificateLoginNames,
  containerFirewall,
  containerFirewallSource,
  containerHostAccess,
  containerStartedWalled,
  containerSwap,
  containerUnprivileged,
  engineLease,
  identityPolicies,
  infisicalAccessToken,
  infisicalClientSecretResource,
  infisicalOidcBound,
  infisicalPrivilege,
  infisicalRole,
  infisicalSyncDeletes,
  infisicalTrustedIps,
  jwtIssuerBound,
  jwtLoginBound,
  jwtRunBound,
  kvCheckAndSet,
  kvRotation,
  kvSharedAccount,
  lockTableRecovery,
  loginCidr,
  loginMethodBounds,
  loginRateLimit,
  pkiKeyInside,
  pkiRoleLife,
  pkiRoleNames,
  pkiRoleUse,
  providerPinned,
  raftOneNode,
  rootPolicy,
  secretFromData,
  secretFromResource,
  secretInBackend,
  secretInLocals,
  secretInOutput,
  secretInProvider,
  secretInState,
  secretInVariable,
  secretLiteral,
  stateBucketAcl,
  stateBucketClosed,
  stateBucketEncrypted,
  stateBucketKept,
  stateBucketPolicyDenies,
  stateBucketTls,
  stateBucketVersioned,
  templateChecksum,
  templatePlainHttp,
  tlsVerified,
  tokenDefaultPolicy,
  tokenLife,
  tokenPeriodic,
  tokenResource,
  tokenRevocable,
  tokenRole,
  unknownBlock,
  unknownType,
];
