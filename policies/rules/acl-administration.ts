import { aclRules, may, mayMeet } from './reading/acl.ts';
import { found, type Rule } from './reading/rule.ts';

/** Whoever may write one of these can give anything to anybody, or become anybody. */
const powers = [
  ...['sys/policies/acl/*', 'sys/policy/*', 'sys/auth/*', 'sys/mounts/*', 'sys/plugins/*'],
  ...['sys/audit/*', 'sys/raw/*', 'sys/generate-root/*', 'sys/rekey/*', 'sys/rotate/*'],
  ...['sys/seal', 'sys/step-down', 'sys/storage/raft/*', 'sys/config/*', 'sys/remount/*'],
  ...['auth/token/create*', 'auth/token/roles/*', 'auth/+/role/+', 'auth/+/users/*'],
  ...['auth/+/certs/+', 'auth/+/config', 'auth/+/map/*'],
  ...['identity/entity*', 'identity/group*', 'identity/oidc/*', 'identity/mfa/*'],
  ...['+/config/root', '+/config/ca', '+/roles/+', '+/issuers/*', '+/root/*', '+/sign-verbatim*'],
];

export const rule: Rule = {
  id: 'acl-administration',
  severity: 'error',
  title: 'Only terraform-apply administers OpenBao',
  explanation:
    'Whoever writes a policy, a role, a login method or an engine has, in effect, what root has.',
  fix: 'Let it go through the declaration and `backbone deploy`.',
  reviewed: [
    {
      what: 'terraform-apply',
      reason:
        'It is the administrator: bound to its addresses, for minutes, without any secret value (policies/openbao/terraform.ts).',
    },
    {
      what: 'verifier: auth/token/create/verifier',
      reason:
        'A token for minutes with the policy of one consumer; which there are says its token role, held by the rule token-role.',
    },
  ],
  check: (view) =>
    aclRules(view)
      .filter(({ policy }) => policy !== 'terraform-apply')
      .filter(
        ({ policy, stanza }) =>
          may(stanza, 'create', 'update', 'patch', 'delete', 'sudo') &&
          !(policy === 'verifier' && stanza.path === 'auth/token/create/verifier') &&
          powers.some((power) => mayMeet(stanza.path, power)),
      )
      .map(({ located, stanza }) =>
        found(located, `it may write ${stanza.path}, which is as much as root`, stanza.path),
      ),
};
