import { approlePaths, programIdentities } from '../../src/model/names.ts';
import { ownToken, type AclRule } from './acl.ts';
import { enginesAcl } from './engines.ts';
import { githubKeyAcl } from './github.ts';
import { pendingAcl } from './rotator.ts';
import type { Seconds } from '../../src/config/brands.ts';
import type { Consumer } from '../../src/model/consumer.ts';
import type { Database, Engines } from '../../src/model/engines.ts';
import type { Secret } from '../../src/model/secret.ts';
import type { Profile } from '../../src/model/profile.ts';

/**
 * A person: reads, writes and deletes every declared secret (and cannot list what is not declared), mints sessions,
 * and hands the program's own identities their SecretIDs. It changes no policy and no role itself: that is
 * `terraform-apply`'s, which an operator can become, at that identity's addresses alone. It sets no
 * password, not even its own: a path for "one's own" would need a wildcard over everybody's.
 */
export function operatorAcl(input: {
  readonly secrets: readonly Secret[];
  readonly profiles: readonly Profile[];
  readonly wrapTtl: { readonly min: Seconds; readonly max: Seconds };
  readonly consumers: readonly Pick<Consumer, 'kind' | 'grants'>[];
  /** Undefined where it is not used. */
  readonly infisical?: unknown;
  /** Undefined where there are none. */
  readonly engines?: Pick<Engines, 'databases'> | undefined;
  /** Undefined where it is not used. */
  readonly github?: unknown;
}): readonly AclRule[] {
  return [
    ...input.secrets.flatMap((secret): AclRule[] => [
      {
        why: `read the secret ${secret.path}, write it with check-and-set, delete its newest version`,
        path: secret.dataPath,
        capabilities: ['create', 'read', 'update', 'delete'],
      },
      {
        why: `destroy versions of ${secret.path} beyond recall`,
        path: secret.destroyPath,
        capabilities: ['create', 'update'],
        parameters: ['versions'],
      },
      {
        why: `see versions and metadata of ${secret.path}`,
        path: secret.metadataPath,
        capabilities: ['read'],
      },
      ...(secret.rotation === undefined ? [] : pendingAcl(secret.path, secret.rotation)),
    ]),
    ...input.profiles.map((profile): AclRule => ({
      why: `mint an AWS session for the state of ${profile.name}`,
      path: profile.stsPath,
      capabilities: ['create', 'update'],
      parameters: ['ttl'],
    })),
    // Engines have roles a consumer; people have those of the machines that they sit at.
    ...enginesAcl(
      input.consumers.flatMap(({ kind, grants }) => (kind === 'operator' ? grants : [])),
    ),
    ...(input.engines?.databases ?? []).flatMap(connectionRules),
    ...programIdentities.flatMap((identity): AclRule[] => [
      {
        why: `hand out a SecretID of ${identity}, wrapped`,
        path: approlePaths(identity).secretId,
        capabilities: ['create', 'update'],
        parameters: 'none',
        wrapping: input.wrapTtl,
      },
      {
        why: `role id of ${identity}`,
        path: approlePaths(identity).roleId,
        capabilities: ['read'],
      },
    ]),
    ...(input.infisical === undefined
      ? []
      : [
          {
            why: 'hand out a client secret of Infisical, wrapped',
            path: 'sys/wrapping/wrap',
            capabilities: ['create', 'update'],
            wrapping: input.wrapTtl,
          } satisfies AclRule,
        ]),
    ...(input.github === undefined ? [] : githubKeyAcl()),
    {
      why: 'make a password that meets the policy',
      path: 'sys/policies/password/operator/generate',
      capabilities: ['read'],
    },
    ...ownToken,
  ];
}

/** Its password passes through whoever connects it, once: OpenBao changes it to one that nobody has seen. */
function connectionRules({ name, paths }: Database): readonly AclRule[] {
  return [
    {
      why: `connect OpenBao to the database ${name}, and see how it is connected (no password in it)`,
      path: paths.connection,
      capabilities: ['create', 'read', 'update'],
    },
    {
      why: `have OpenBao change its own password in ${name}`,
      path: paths.rotateRoot,
      capabilities: ['create', 'update'],
    },
  ];
}
