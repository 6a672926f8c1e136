import { textAt } from '../../src/review/reach/view.ts';
import { foundIn, numberAt } from './reading/arguments.ts';
import { found, type Rule } from './reading/rule.ts';

export const rule: Rule = {
  id: 'pki-key-inside',
  severity: 'error',
  title: 'The key of the CA never leaves OpenBao, and signs no CA',
  explanation:
    'An exported key signs logins for everybody without a log, and stands in state; a path length above ' +
    '0 lets one of its certificates do the same.',
  fix: 'type = "internal" and max_path_length = 0.',
  check: (view) =>
    view
      .of('vault_pki_secret_backend_root_cert')
      .flatMap((located) => [
        ...(textAt(located, 'type') === 'internal'
          ? []
          : [foundIn(located, 'type', 'its key leaves OpenBao')]),
        ...(numberAt(located, 'max_path_length') === 0
          ? []
          : [found(located, 'it may sign another CA', 'max_path_length')]),
      ]),
};
