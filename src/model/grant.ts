import type { Name, SecretPath, Seconds } from '../config/brands.ts';
import type { Declaration, ConsumerDeclaration } from '../config/declaration.ts';
import { awsProfileVariable, secretVariables } from './environment.ts';
import {
  databasePaths,
  githubIdentity,
  githubKey,
  kvPaths,
  roleName,
  servicePaths,
  sshPaths,
  sshRoleName,
  stsPath,
} from './names.ts';
import { resolveRotation, type Rotation } from './rotation.ts';

/** Rung of the security ladder: 1 dynamic, 2 short-lived access to a static secret, 3 injected. */
export type Rung = 1 | 2 | 3;

/** One thing that a consumer may do: the path in its policy is the path that it reads. */
export type Grant =
  | {
      readonly kind: 'secret';
      readonly secret: SecretPath;
      readonly path: string;
      readonly fields: readonly string[];
      /** Environment variable of each field. */
      readonly variables: Readonly<Record<string, string>>;
      readonly rung: Rung;
    }
  | {
      readonly kind: 'profile';
      readonly profile: Name;
      readonly path: string;
      readonly ttl: Seconds;
      readonly maxTtl: Seconds;
      /** `AWS_PROFILE` and its value. */
      readonly variables: Readonly<Record<string, string>>;
      readonly rung: 1;
    }
  | {
      readonly kind: 'rotate';
      readonly secret: SecretPath;
      readonly path: string;
      readonly rotation: Rotation;
      readonly rung: Rung;
    }
  | EngineGrant
  /** Not a path of OpenBao: the consumer asks the proxy, by its address alone. */
  | { readonly kind: 'proxy'; readonly upstream: Name; readonly path: string; readonly rung: 3 }
  | {
      /** Tokens and verbs of one context, of the broker. */
      readonly kind: 'github';
      readonly context: Name;
      /** Where it gets the proof for the broker of who it is. */
      readonly path: string;
      readonly rung: 1;
    }
  | {
      /** Signs as the GitHub App. */
      readonly kind: 'broker';
      readonly path: string;
      readonly rung: 1;
    };

/** A credential that an engine of the stack `engines` makes for this one use. */
export type EngineGrant =
  | { readonly kind: 'ssh'; readonly role: Name; readonly path: string; readonly rung: 1 }
  | {
      readonly kind: 'database';
      readonly database: Name;
      readonly role: Name;
      readonly path: string;
      readonly rung: 1;
    }
  | { readonly kind: 'certificate'; readonly role: Name; readonly path: string; readonly rung: 1 };

/** The loader has refused grants to what is not declared, so a miss here is a bug, not a user error. */
export function resolveGrants(
  declaration: Declaration,
  name: Name,
  consumer: ConsumerDeclaration,
): readonly Grant[] {
  return consumer.grants.map((grant): Grant => {
    if ('secret' in grant) {
      const declared = declaration.secrets[grant.secret];
      if (declared === undefined) throw new Error(`unchecked grant to secret ${grant.secret}`);
      return {
        kind: 'secret',
        secret: grant.secret,
        path: kvPaths(grant.secret).data,
        fields: declared.fields,
        variables: secretVariables(grant.secret, declared.fields),
        rung: declared.rung,
      };
    }
    if ('rotate' in grant) {
      const declared = declaration.secrets[grant.rotate];
      const rotation = declared && resolveRotation(grant.rotate, declared);
      if (declared === undefined || rotation === undefined)
        throw new Error(`unchecked grant to rotate ${grant.rotate}`);
      const { rung } = declared;
      return { kind: 'rotate', secret: grant.rotate, path: rotation.data, rotation, rung };
    }
    if ('proxy' in grant) {
      return { kind: 'proxy', upstream: grant.proxy, path: `proxy ${grant.proxy}`, rung: 3 };
    }
    if ('github' in grant) {
      const { token: path } = githubIdentity;
      return { kind: 'github', context: grant.github, path, rung: 1 };
    }
    if ('broker' in grant) return { kind: 'broker', path: githubKey.sign, rung: 1 };
    if (!('profile' in grant)) return engineGrant(grant, name);
    const declared = declaration.profiles[grant.profile];
    if (declared === undefined) throw new Error(`unchecked grant to profile ${grant.profile}`);
    return {
      kind: 'profile',
      profile: grant.profile,
      path: stsPath(grant.profile),
      ttl: declared.ttl,
      maxTtl: declared.maxTtl,
      variables: { [awsProfileVariable]: roleName(grant.profile) },
      rung: 1,
    };
  });
}

function engineGrant(
  grant: Extract<
    ConsumerDeclaration['grants'][number],
    { readonly ssh: unknown } | { readonly database: unknown } | { readonly certificate: unknown }
  >,
  consumer: Name,
): EngineGrant {
  if ('ssh' in grant) {
    const path = sshPaths.sign(sshRoleName(grant.ssh, consumer));
    return { kind: 'ssh', role: grant.ssh, path, rung: 1 };
  }
  if ('certificate' in grant) {
    const { certificate: role } = grant;
    return { kind: 'certificate', role, path: servicePaths.sign(role), rung: 1 };
  }
  const [database, role] = grant.database.split('/') as [Name, Name];
  const path = databasePaths(database).credentials(role);
  return { kind: 'database', database, role, path, rung: 1 };
}
