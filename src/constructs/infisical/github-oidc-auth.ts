import { Construct } from 'constructs';
import { IdentityOidcAuth } from '../../../.gen/providers/infisical/identity-oidc-auth/index.js';
import { ConstructError } from '../construct-error.ts';
import { named } from '../logical-id.ts';
import { accessTokenLimits, trustedIps, type AccessTokenLimits } from './access-token-limits.ts';
import type { MachineIdentity } from './machine-identity.ts';

export interface GithubOidcAuthProps {
  readonly identity: MachineIdentity;
  readonly identityName: string;
  /** `sub` of the token, exactly: `repo:owner/name:environment:production`. */
  readonly subject: string;
  /** `aud` of the token. */
  readonly audience: string;
  readonly accessToken: AccessTokenLimits;
}

/** Issuer of the tokens of GitHub Actions (GitHub documentation, "OpenID Connect reference"). */
const issuer = 'https://token.actions.githubusercontent.com';

/**
 * Login of a workflow by the token that GitHub gives to its run: no secret is stored anywhere.
 *
 * Guarantees: one repository and one environment, branch or tag, exactly; every limit is set. Runners of
 * GitHub come from anywhere, so no address is checked.
 *
 * @throws ConstructError  a subject with a wildcard: Infisical reads it as a pattern
 */
export class GithubOidcAuth extends Construct {
  constructor(scope: Construct, id: string, props: GithubOidcAuthProps) {
    super(scope, id);
    if (!/^repo:[^\s*?{}[\]]+:(environment|ref):[^\s*?{}[\]]+$/.test(props.subject)) {
      throw new ConstructError(
        this,
        `the subject "${props.subject}" is not one run of one repository`,
      );
    }
    named(
      new IdentityOidcAuth(this, 'Resource', {
        identityId: props.identity.identityId,
        oidcDiscoveryUrl: issuer,
        boundIssuer: issuer,
        boundSubject: props.subject,
        boundAudiences: [props.audience],
        ...accessTokenLimits(this, props.accessToken),
        accessTokenTrustedIps: trustedIps(this, ['0.0.0.0/0', '::/0']),
      }),
      props.identityName,
    );
  }
}
