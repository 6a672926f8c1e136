import { textAt, type Located, type View } from '../../../src/review/reach/view.ts';

/** Roles that give a token of OpenBao; all have the same `token_*` arguments. */
export const loginTypes = [
  'vault_approle_auth_backend_role',
  'vault_cert_auth_backend_role',
  'vault_jwt_auth_backend_role',
  'vault_token_auth_backend_role',
] as const;

export function logins(view: View): readonly Located[] {
  return loginTypes.flatMap((type) => view.of(type));
}

/** Where logins are mounted: of one type Terraform has a resource of its own. */
export function loginMethods(view: View): readonly Located[] {
  return [...view.of('vault_auth_backend'), ...view.of('vault_jwt_auth_backend')];
}

export function approles(view: View): readonly Located[] {
  return view.of('vault_approle_auth_backend_role');
}

/** Name of a login role in OpenBao; undefined where only the apply tells it. */
export function roleNameOf(located: Located): string | undefined {
  const name = located.resource.type === 'vault_cert_auth_backend_role' ? 'name' : 'role_name';
  return textAt(located, name);
}
