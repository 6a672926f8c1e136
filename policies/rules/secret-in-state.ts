import { textAt, type Located } from '../../src/review/reach/view.ts';
import { isObject } from '../../src/synthesized/resource.ts';
import { storedSecrets } from './reading/secrets.ts';
import { found, type Rule } from './reading/rule.ts';

export const rule: Rule = {
  id: 'secret-in-state',
  severity: 'error',
  title: 'No secret value reaches state by an argument',
  explanation:
    'Terraform stores every argument but write-only ones, in the clear. The list of arguments that ' +
    "take a secret is derived from the providers' schemas (providers/secret-attributes.json): " +
    'sensitive and not write-only; names that tell count as well.',
  fix: 'Use the write-only argument (`..._wo`) with an ephemeral value, or write the value outside Terraform (`backbone secret put`).',
  reviewed: [
    {
      what: 'vault_generic_endpoint: data_json of <mount>/metadata/<path>, with custom_metadata alone',
      reason:
        'The provider marks all of data_json, as it cannot know the path. Metadata of KV-v2 holds owner and rotation, no value.',
    },
    {
      what: 'vault_generic_endpoint: data_json of <mount>/config/auto-tidy',
      reason: 'Intervals of the tidying of certificates.',
    },
  ],
  check: (view) =>
    view.all
      .filter(({ resource }) => resource.mode === 'managed')
      .flatMap((located) =>
        storedSecrets(located.resource.type, located.resource.body)
          .filter((path) => !(path === 'data_json' && isPlain(located)))
          .map((path) => found(located, `${path} is set, and would be stored`, path)),
      ),
};

const tidyKeys = [
  ...['enabled', 'interval_duration', 'tidy_cert_store', 'tidy_revoked_certs', 'safety_buffer'],
];

/** Whether the endpoint is one of the reviewed ones, with the fields that were reviewed and no others. */
function isPlain(located: Located): boolean {
  if (located.resource.type !== 'vault_generic_endpoint') return false;
  const path = textAt(located, 'path');
  const keys = keysOf(textAt(located, 'data_json'));
  if (path === undefined || keys === undefined) return false;
  if (/^[\w-]+\/metadata\/[\w./-]+$/.test(path)) return keys.join() === 'custom_metadata';
  return /^[\w-]+\/config\/auto-tidy$/.test(path) && keys.every((key) => tidyKeys.includes(key));
}

function keysOf(text: string | undefined): readonly string[] | undefined {
  try {
    const json = JSON.parse(text ?? '') as Parameters<typeof isObject>[0];
    return isObject(json) ? Object.keys(json) : undefined;
  } catch {
    return undefined;
  }
}
