import { aclRules, may, mayMeet } from './reading/acl.ts';
import { found, type Rule } from './reading/rule.ts';

export const rule: Rule = {
  id: 'acl-secret-id-wrapped',
  severity: 'error',
  title: 'A SecretID is only handed out wrapped, as the role bounds it',
  explanation:
    'Whoever mints a SecretID may ask for other uses, another TTL and other addresses, and may have it ' +
    'unwrapped, so that nobody notices who took it on its way.',
  fix: 'min_wrapping_ttl and max_wrapping_ttl (1 h at most), and denied_parameters = { "*" = [] }.',
  check: (view) =>
    aclRules(view)
      .filter(({ stanza }) => may(stanza, 'create', 'update', 'patch'))
      .flatMap(({ located, stanza }) => {
        const { path, minWrappingTtl: min = 0, maxWrappingTtl: max = 0, deniedParameters } = stanza;
        if (mayMeet(path, 'auth/+/role/+/custom-secret-id')) {
          return [found(located, `a SecretID may be chosen at ${path}`, path)];
        }
        if (!mayMeet(path, 'auth/+/role/+/secret-id')) return [];
        const wrapped = min > 0 && max >= min && max <= 3600;
        const bare = deniedParameters['*']?.length === 0;
        return wrapped && bare
          ? []
          : [
              found(
                located,
                `a SecretID may be had at ${path} unwrapped or with other bounds`,
                path,
              ),
            ];
      }),
};
