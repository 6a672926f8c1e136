import { childEnvironment } from '../exec/child-environment.ts';
import type { OfferedProfiles } from './aws.ts';

/**
 * Environment of the child: this process's without any identity, the values, and the AWS profiles, of which one
 * is chosen where there is no other.
 *
 * @param token  only where it was asked for: the token, and the file that always has the one of the moment
 */
export function environmentOf(
  env: NodeJS.ProcessEnv,
  values: Readonly<Record<string, string>>,
  aws: OfferedProfiles | undefined,
  token: { readonly value: string; readonly file: string } | undefined,
): NodeJS.ProcessEnv {
  const ofToken: Readonly<Record<string, string>> =
    token === undefined
      ? {}
      : { BAO_TOKEN: token.value, VAULT_TOKEN: token.value, BAO_TOKEN_FILE: token.file };
  const [first, ...others] = aws?.profiles ?? [];
  if (aws === undefined || first === undefined) {
    return childEnvironment(env, undefined, { ...values, ...ofToken });
  }
  const chosen = { file: aws.file, profile: first.name, region: first.region };
  const made = childEnvironment(env, chosen, { ...values, ...ofToken });
  if (others.length > 0) delete made['AWS_PROFILE'];
  return made;
}
