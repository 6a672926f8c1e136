import { isObject, type Stack } from '../../src/synthesized/resource.ts';
import { foundAt, type Rule } from './reading/rule.ts';

/** Parts of Terraform itself. */
const builtin = ['terraform'];

export const rule: Rule = {
  id: 'provider-pinned',
  severity: 'error',
  title: 'Every provider is pinned to one version',
  explanation:
    'A provider runs with the credentials of an administrator. A range, or no version at all, lets a ' +
    'release of tonight do so tomorrow.',
  fix: 'Write the exact version into required_providers, and commit the lock file of the stack.',
  check: ({ stacks }) => stacks.flatMap(unpinned),
};

function unpinned(stack: Stack) {
  const { terraform, provider } = stack.blocks;
  const declared = isObject(terraform) ? terraform['required_providers'] : undefined;
  const required = isObject(declared) ? declared : {};
  const used = new Set([
    ...(isObject(provider) ? Object.keys(provider) : []),
    ...stack.resources.map(({ type }) => type.replace(/_.*$/, '')),
  ]);
  return [...used]
    .filter((name) => !builtin.includes(name))
    .sort()
    .flatMap((name) => {
      const entry = required[name];
      const version = isObject(entry) ? entry['version'] : undefined;
      const exact = typeof version === 'string' && /^(=\s*)?\d+\.\d+\.\d+$/.test(version);
      const has = typeof version === 'string' ? version : 'none';
      return exact
        ? []
        : [
            foundAt(
              stack,
              `provider.${name}`,
              `its version is not exact: ${has}`,
              `version = ${has}`,
            ),
          ];
    });
}
