import { blocksOf } from '../../src/synthesized/resource.ts';
import { textAt } from '../../src/review/reach/view.ts';
import { foundIn } from './reading/arguments.ts';
import { found, type Rule } from './reading/rule.ts';

export const rule: Rule = {
  id: 'infisical-role',
  severity: 'error',
  title: 'An identity of Infisical has no role',
  explanation:
    'A role reads a whole project, or administers the organisation; what it means is changed in a browser.',
  fix: 'Role `no-access` everywhere, and a privilege for one environment and one path.',
  check: (view) => [
    ...view
      .of('infisical_identity')
      .filter((located) => textAt(located, 'role') !== 'no-access')
      .map((located) => foundIn(located, 'role', 'it has a role in the organisation')),
    ...view.of('infisical_project_identity').flatMap((located) => {
      const roles = blocksOf(located.resource.body['roles']);
      const wide = roles.filter(({ role_slug: role }) => role !== 'no-access');
      return roles.length > 0 && wide.length === 0
        ? []
        : [found(located, 'it has a role in the project', 'roles')];
    }),
  ],
};
