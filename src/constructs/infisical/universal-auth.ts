import { Construct } from 'constructs';
import { IdentityUniversalAuth } from '../../../.gen/providers/infisical/identity-universal-auth/index.js';
import { named } from '../logical-id.ts';
import { accessTokenLimits, trustedIps, type AccessTokenLimits } from './access-token-limits.ts';
import type { MachineIdentity } from './machine-identity.ts';

export interface UniversalAuthProps {
  readonly identity: MachineIdentity;
  readonly identityName: string;
  readonly accessToken: AccessTokenLimits;
  /** Networks that client secret and access token work from. */
  readonly trustedIps: readonly string[];
}

/**
 * Login by client id and client secret. No client secret is made here: the resource for it would keep the
 * value in the state. `backbone infisical issue` mints it.
 *
 * Guarantees: every limit is set.
 */
export class UniversalAuth extends Construct {
  constructor(scope: Construct, id: string, props: UniversalAuthProps) {
    super(scope, id);
    const networks = trustedIps(this, props.trustedIps);
    named(
      new IdentityUniversalAuth(this, 'Resource', {
        identityId: props.identity.identityId,
        ...accessTokenLimits(this, props.accessToken),
        clientSecretTrustedIps: networks,
        accessTokenTrustedIps: networks,
      }),
      props.identityName,
    );
  }
}
