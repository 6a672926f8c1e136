import { blocksOf, isObject } from '../../src/synthesized/resource.ts';
import { blockSecrets, secretAttributes } from './reading/secrets.ts';
import { foundAt, type Rule } from './reading/rule.ts';

export const rule: Rule = {
  id: 'secret-in-provider',
  severity: 'error',
  title: 'No credential, and no root token, in a provider block',
  explanation:
    'The block stands in cdktf.out and in plan files, where every job that plans can read it. A token ' +
    'of OpenBao there is often the root token, as nothing else lived long enough.',
  fix: 'Leave it out: every provider here takes its credential from the environment (BAO_TOKEN, AWS_PROFILE, PROXMOX_VE_API_TOKEN, INFISICAL_*).',
  check: ({ stacks }) =>
    stacks.flatMap((stack) => {
      const { provider } = stack.blocks;
      return Object.entries(isObject(provider) ? provider : {}).flatMap(([name, value]) =>
        blocksOf(value).flatMap((block) =>
          blockSecrets(block, secretAttributes.providers[name]).map((path) =>
            foundAt(stack, `provider.${name}`, `${path} is set`, path),
          ),
        ),
      );
    }),
};
