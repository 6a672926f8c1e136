import { secretAttributes } from './reading/secrets.ts';
import { found, type Rule } from './reading/rule.ts';

/** Read anything from anywhere; a schema says nothing of what. */
const anything = [
  'terraform_remote_state',
  'external',
  'http',
  'local_file',
  'local_sensitive_file',
];

export const rule: Rule = {
  id: 'secret-from-data',
  severity: 'error',
  title: 'No data source reads a secret',
  explanation:
    'What a data source reads is stored in state. terraform_remote_state brings a whole other state ' +
    'with it, external whatever a program prints.',
  fix: 'Use the ephemeral resource of the same name, with a write-only argument.',
  check: (view) =>
    view.all
      .filter(({ resource }) => resource.mode === 'data')
      .flatMap((located) => {
        const { type } = located.resource;
        const places = secretAttributes.data[type];
        const paths = [...(places?.exported ?? []), ...(places?.set ?? [])];
        if (anything.includes(type)) return [found(located, 'it may read a secret')];
        return paths.map((path) => found(located, `${path} would be stored`, path));
      }),
};
