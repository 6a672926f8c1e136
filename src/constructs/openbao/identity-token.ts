import { Construct } from 'constructs';
import { IdentityOidcKey } from '@cdktf/provider-vault/lib/identity-oidc-key/index.js';
import { IdentityOidcRole } from '@cdktf/provider-vault/lib/identity-oidc-role/index.js';
import { named } from '../logical-id.ts';

export interface IdentityTokenProps {
  /** Of key and role; it is in the path that a token is got from. */
  readonly name: string;
  /** `aud` of its tokens: who they are for. */
  readonly audience: string;
  /** Life of a token, in seconds. */
  readonly ttl: number;
}

const day = 86_400;

/**
 * Tokens by which an identity of OpenBao proves elsewhere who it is (OpenBao API, "Identity tokens").
 *
 * Guarantees: such a token opens nothing in OpenBao, is for one audience, and says the name of the identity as
 * `name`; its key signs for this audience alone and is replaced every day.
 */
export class IdentityToken extends Construct {
  constructor(scope: Construct, id: string, props: IdentityTokenProps) {
    super(scope, id);
    const key = named(
      new IdentityOidcKey(this, 'Key', {
        name: props.name,
        algorithm: 'ES256',
        rotationPeriod: day,
        // Whoever verifies may have fetched the keys just before a rotation.
        verificationTtl: day,
        allowedClientIds: [props.audience],
      }),
      props.name,
    );
    named(
      new IdentityOidcRole(this, 'Role', {
        name: props.name,
        key: key.name,
        clientId: props.audience,
        ttl: props.ttl,
        template: '{"name": {{identity.entity.name}}}',
      }),
      props.name,
    );
  }
}
