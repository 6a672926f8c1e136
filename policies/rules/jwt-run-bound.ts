import { at, textAt } from '../../src/review/reach/view.ts';
import { isObject, type Json } from '../../src/synthesized/resource.ts';
import { isSet } from './reading/arguments.ts';
import { found, type Rule } from './reading/rule.ts';

/**
 * What a token of GitHub, GitLab or another issuer for everybody says of whose run it is, by ids that nobody else is
 * given: names can be given up, and taken by others.
 */
const owned: readonly string[] = [
  ...['repository_id', 'repository_owner_id', 'enterprise_id'],
  ...['project_id', 'namespace_id'],
];

/** What it says of which run, and who may start such a one: whoever writes a workflow chooses all of the others. */
const guarded: readonly string[] = ['environment', 'ref', 'job_workflow_ref', 'ref_protected'];

export const rule: Rule = {
  id: 'jwt-run-bound',
  severity: 'error',
  title: 'A run logs in as one repository, and as one kind of its runs',
  explanation:
    'The issuer of a hosted pipeline signs for everybody. A name of an environment, a branch or a workflow can be ' +
    'chosen by anybody in a repository of their own; a repository alone lets every branch of it in.',
  fix:
    'Set bound_claims with the id of the repository (repository_id) and its environment or ref, and bound_subject ' +
    'as the issuer writes it.',
  check: (view) =>
    view
      .of('vault_jwt_auth_backend_role')
      .filter((located) => textAt(located, 'role_type') !== 'oidc')
      .flatMap((located) => {
        const claims = at(located, 'bound_claims') as Json | undefined;
        const names = isObject(claims) ? Object.keys(claims) : [];
        const of = (list: readonly string[]) => names.some((name) => list.includes(name));
        return [
          ...(of(owned) ? [] : [found(located, 'anybody could have these claims', 'whose run')]),
          ...(of(guarded) ? [] : [found(located, 'any run of it logs in', 'which run')]),
          ...(isSet(located, 'bound_subject')
            ? []
            : [found(located, 'its subject is not bound', 'bound_subject')]),
        ];
      }),
};
