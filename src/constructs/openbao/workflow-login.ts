import { Construct } from 'constructs';
import { IdentityEntityAlias } from '@cdktf/provider-vault/lib/identity-entity-alias/index.js';
import { JwtAuthBackend } from '@cdktf/provider-vault/lib/jwt-auth-backend/index.js';
import { JwtAuthBackendRole } from '@cdktf/provider-vault/lib/jwt-auth-backend-role/index.js';
import { ConstructError } from '../construct-error.ts';
import { named } from '../logical-id.ts';
import { machineTune, tokenArguments, type MachineToken } from './machine-login.ts';

export interface WorkflowLoginProps {
  /** Mount path. */
  readonly path: string;
  /** `iss` of the tokens; where the server finds the keys that sign them (OpenID Connect Discovery). */
  readonly issuer: string;
  /** `aud` of the tokens. */
  readonly audience: string;
}

export interface WorkflowRoleProps extends MachineToken {
  readonly roleName: string;
  /** `sub` of the token, exactly; the server's alias of whoever logs in. */
  readonly subject: string;
  /** What else the token must say, each exactly. */
  readonly claims: Readonly<Record<string, string>>;
  /** The identity that the login is another way to. */
  readonly entityId: string;
}

/**
 * The auth method for runs of a pipeline, which prove by a token of their own issuer what they are: no secret is
 * stored where they run.
 *
 * Guarantees: one issuer, one audience, RS256 alone (what GitHub signs by); the server asks the issuer for its keys.
 */
export class WorkflowLogin extends Construct {
  readonly path: string;
  private readonly accessor: string;
  private readonly audience: string;

  constructor(scope: Construct, id: string, props: WorkflowLoginProps) {
    super(scope, id);
    const backend = named(
      new JwtAuthBackend(this, 'Resource', {
        type: 'jwt',
        path: props.path,
        description: 'Runs of pipelines, by the token of their issuer',
        oidcDiscoveryUrl: props.issuer,
        boundIssuer: props.issuer,
        jwtSupportedAlgs: ['RS256'],
        tune: [machineTune],
      }),
      props.path,
    );
    this.path = backend.path;
    this.accessor = backend.accessor;
    this.audience = props.audience;
  }

  /**
   * Which runs are one identity.
   *
   * Guarantees: that subject and all of these claims, exactly; that audience; those addresses; a token without the
   * default policy; the audit log has the same identity as for its other login.
   *
   * @throws ConstructError  a pattern where one run is meant, no claim, or as {@link tokenArguments}
   */
  addRole(props: WorkflowRoleProps): void {
    const scope = new Construct(this, props.roleName);
    const values = [props.subject, ...Object.values(props.claims)];
    // The server splits a claim at commas, and takes any of the parts.
    if (values.length < 2 || values.some((one) => !/^[^\s*?,{}[\]]+$/.test(one))) {
      throw new ConstructError(scope, `"${values.join(' ')}" is not one run of one repository`);
    }
    named(
      new JwtAuthBackendRole(scope, 'Resource', {
        ...tokenArguments(scope, props),
        backend: this.path,
        roleName: props.roleName,
        roleType: 'jwt',
        userClaim: 'sub',
        boundAudiences: [this.audience],
        boundSubject: props.subject,
        boundClaims: { ...props.claims },
        boundClaimsType: 'string',
      }),
      `${props.roleName}_workflow`,
    );
    named(
      new IdentityEntityAlias(scope, 'Alias', {
        name: props.subject,
        mountAccessor: this.accessor,
        canonicalId: props.entityId,
      }),
      `${props.roleName}_workflow`,
    );
  }
}
