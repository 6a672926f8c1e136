import { at } from '../../src/review/reach/view.ts';
import { blocksOf, type Json } from '../../src/synthesized/resource.ts';
import { meansFlag } from './reading/arguments.ts';
import { found, type Rule } from './reading/rule.ts';

export const rule: Rule = {
  id: 'infisical-sync-deletes',
  severity: 'error',
  title: 'A sync deletes nothing that it did not bring',
  explanation:
    'A sync without a key schema deletes every secret at its destination that Infisical does not know: ' +
    'those of other people, beyond recall.',
  fix: 'A key_schema with a prefix or suffix of its own, or disable_secret_deletion = true.',
  check: (view) =>
    view.all
      .filter(
        ({ resource: { mode, type } }) =>
          mode === 'managed' && type.startsWith('infisical_secret_sync_'),
      )
      .filter((located) => {
        const options = blocksOf(at(located, 'sync_options') as Json | undefined);
        return !options.some(
          ({ key_schema: schema, disable_secret_deletion: keeps }) =>
            meansFlag(keeps, true) ||
            (typeof schema === 'string' &&
              /^(?!\{\{secretKey\}\}$).*\{\{secretKey\}\}.*$/.test(schema)),
        );
      })
      .map((located) => found(located, 'it deletes what it does not know', 'sync_options')),
};
