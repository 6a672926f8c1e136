import { foundIn, isFlag } from './reading/arguments.ts';
import { containers } from './reading/containers.ts';
import type { Rule } from './reading/rule.ts';

export const rule: Rule = {
  id: 'container-unprivileged',
  severity: 'error',
  title: 'A container is unprivileged',
  explanation:
    'root in a privileged container is root on the Proxmox host after one mistake of the kernel, and ' +
    "privileged is the provider's default.",
  fix: 'unprivileged = true.',
  check: (view) =>
    containers(view)
      .filter((located) => !isFlag(located, 'unprivileged', true))
      .map((located) => foundIn(located, 'unprivileged', 'it is privileged')),
};
