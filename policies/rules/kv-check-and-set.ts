import { textAt } from '../../src/review/reach/view.ts';
import { isFlag } from './reading/arguments.ts';
import { found, type Rule } from './reading/rule.ts';

export const rule: Rule = {
  id: 'kv-check-and-set',
  severity: 'error',
  title: 'KV keeps versions, and asks for check-and-set',
  explanation:
    'Without it two writers at once lose a value in silence; KV version 1 keeps no old value at all.',
  fix: 'A mount of type kv-v2 with vault_kv_secret_backend_v2 { cas_required = true }.',
  check: (view) =>
    view
      .of('vault_mount')
      .filter((mount) => /^(kv|generic)/.test(textAt(mount, 'type') ?? 'kv'))
      .filter((mount) => {
        const path = textAt(mount, 'path');
        const asked = view
          .of('vault_kv_secret_backend_v2')
          .some((one) => textAt(one, 'mount') === path && isFlag(one, 'cas_required', true));
        return textAt(mount, 'type') !== 'kv-v2' || path === undefined || !asked;
      })
      .map((mount) => found(mount, 'a value may be overwritten unseen')),
};
