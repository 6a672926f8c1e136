import { textAt } from '../../src/review/reach/view.ts';
import { blocksOf } from '../../src/synthesized/resource.ts';
import { isFlag, meansFlag } from './reading/arguments.ts';
import { containers, ofContainer } from './reading/containers.ts';
import { found, type Rule } from './reading/rule.ts';

export const rule: Rule = {
  id: 'container-firewall',
  severity: 'error',
  title: 'A container has its firewall on, and drops what no rule lets in',
  explanation:
    'Rules count only where the interface, the container and its policy say so; otherwise everybody in ' +
    'the network reaches OpenBao.',
  fix: 'network_interface { firewall = true }, firewall_options { enabled = true, input_policy = "DROP" } and firewall_rules for its vmid.',
  check: (view) =>
    containers(view).flatMap((container) => {
      const interfaces = blocksOf(container.resource.body['network_interface']);
      const options = ofContainer(view, container, 'proxmox_virtual_environment_firewall_options');
      const rules = ofContainer(view, container, 'proxmox_virtual_environment_firewall_rules');
      const on =
        interfaces.length > 0 && interfaces.every(({ firewall }) => meansFlag(firewall, true));
      const drops = options.some(
        (one) =>
          isFlag(one, 'enabled', true) &&
          ['DROP', 'REJECT'].includes(textAt(one, 'input_policy') ?? ''),
      );
      return [
        ...(on
          ? []
          : [found(container, 'an interface of it has no firewall', 'network_interface.firewall')]),
        ...(drops
          ? []
          : [found(container, 'nothing drops what no rule lets in', 'firewall_options')]),
        ...(rules.length > 0 ? [] : [found(container, 'it has no rules', 'firewall_rules')]),
      ];
    }),
};
