import { isUnresolved } from '../../synthesized/reference.ts';
import { nothing, type Change } from './change.ts';
import { at, place, textAt, textsAt, type Located, type View } from './view.ts';

/**
 * New logins of identities that hold policies of their own: whoever logs in has them, beside those of the role.
 * The reach of these policies is compared where those of roles are.
 */
export function compareAliases(before: View, after: View): readonly Change[] {
  const key = (alias: Located) =>
    JSON.stringify(['mount_accessor', 'name', 'canonical_id'].map((name) => at(alias, name)));
  const old = new Set(before.of('vault_identity_entity_alias').map(key));
  const entities = new Map<string, Located>(
    after
      .of('vault_identity_entity')
      .map((entity) => [`<${entity.resource.address}.id>`, entity] as const),
  );
  return after
    .of('vault_identity_entity_alias')
    .filter((alias) => !old.has(key(alias)))
    .flatMap((alias): Change[] => {
      const id = textAt(alias, 'canonical_id');
      const entity = id === undefined ? undefined : entities.get(id);
      const subject = `identity ${(entity && textAt(entity, 'name')) ?? alias.resource.name}`;
      const change = (verdict: 'WIDENS' | 'UNKNOWN', what: string): Change[] => [
        { verdict, subject, what, before: nothing, after: 'there', chain: [place(alias)] },
      ];
      if (entity === undefined) return change('UNKNOWN', 'a login of an identity not made here');
      const policies = textsAt(entity, 'policies');
      if (policies === undefined || isUnresolved(at(entity, 'external_policies'))) {
        return change('UNKNOWN', 'a login of an identity whose policies are not known');
      }
      if (policies.length === 0) return [];
      return change('WIDENS', `a login that holds the policies ${policies.join(', ')}`);
    });
}
