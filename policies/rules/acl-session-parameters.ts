import { aclRules, may, mayMeet } from './reading/acl.ts';
import { found, type Rule } from './reading/rule.ts';

const allowed = ['ttl'];

export const rule: Rule = {
  id: 'acl-session-parameters',
  severity: 'error',
  title: 'Whoever mints a session chooses its life and nothing else',
  explanation:
    "role_arn and role_session_name are the caller's choice otherwise: another role of the engine " +
    'role, or another name in CloudTrail.',
  fix: 'allowed_parameters = { "ttl" = [] } on the path.',
  check: (view) =>
    aclRules(view)
      .filter(
        ({ stanza }) =>
          may(stanza, 'create', 'read', 'update', 'patch') && mayMeet(stanza.path, '+/sts/+'),
      )
      .filter(({ stanza }) => {
        const names = Object.keys(stanza.allowedParameters);
        return names.length === 0 || names.some((name) => !allowed.includes(name));
      })
      .map(({ located, stanza }) =>
        found(located, `parameters may be chosen at ${stanza.path}`, stanza.path),
      ),
};
