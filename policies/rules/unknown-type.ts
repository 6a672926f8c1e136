import { secretAttributes } from './reading/secrets.ts';
import { found, type Rule } from './reading/rule.ts';

const builtin = ['terraform_data'];

export const rule: Rule = {
  id: 'unknown-type',
  severity: 'error',
  title: 'Every type has been looked at',
  explanation:
    'Of a type that stands in no list nobody knows whether it stores a secret or grants something: ' +
    '`random_password` and `tls_private_key` both do.',
  fix: 'Read its schema, add it to `used` in providers/secret-attributes.ts and make the list anew; add rules for what it can do.',
  check: (view) =>
    view.all
      .filter(({ resource: { mode, type } }) => {
        if (mode === 'ephemeral') return false;
        const { resources, data, without } = secretAttributes;
        const known = mode === 'managed' ? resources : data;
        const name = mode === 'managed' ? type : `data.${type}`;
        return !builtin.includes(type) && known[type] === undefined && !without.includes(name);
      })
      .map((located) =>
        found(located, 'it could not be evaluated: nobody has looked at this type'),
      ),
};
