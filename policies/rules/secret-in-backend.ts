import { isObject } from '../../src/synthesized/resource.ts';
import { blockSecrets } from './reading/secrets.ts';
import { foundAt, type Rule } from './reading/rule.ts';

export const rule: Rule = {
  id: 'secret-in-backend',
  severity: 'error',
  title: 'No credential in a backend block',
  explanation:
    'Terraform copies the backend block into .terraform and into every plan file, in the clear.',
  fix: 'Let the backend take its credentials from the environment or from a credential_process.',
  check: ({ stacks }) =>
    stacks.flatMap((stack) => {
      const { terraform } = stack.blocks;
      const backend = isObject(terraform) ? terraform['backend'] : undefined;
      const kinds = isObject(backend) ? Object.entries(backend) : [];
      return kinds.flatMap(([kind, body]) =>
        isObject(body)
          ? blockSecrets(body).map((path) =>
              foundAt(stack, `backend.${kind}`, `${path} is set`, path),
            )
          : [],
      );
    }),
};
