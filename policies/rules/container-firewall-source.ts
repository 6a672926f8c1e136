import { blocksOf } from '../../src/synthesized/resource.ts';
import { shown } from './reading/arguments.ts';
import { isOpen } from './reading/networks.ts';
import { found, type Rule } from './reading/rule.ts';

export const rule: Rule = {
  id: 'container-firewall-source',
  severity: 'error',
  title: 'A rule of the firewall lets named addresses in',
  explanation: 'A rule without a source, or for all of them, is no wall.',
  fix: 'Set `source` to the addresses of one consumer.',
  check: (view) =>
    view.of('proxmox_virtual_environment_firewall_rules').flatMap((located) =>
      blocksOf(located.resource.body['rule'])
        .filter(({ type, action }) => type !== 'out' && action === 'ACCEPT')
        .filter(
          ({ source }) =>
            typeof source !== 'string' || source === '' || source.split(',').some(isOpen),
        )
        .map(({ source, dport }) =>
          found(
            located,
            'it lets everybody in, or could not be evaluated',
            `source = ${shown(source)}, dport = ${shown(dport)}`,
          ),
        ),
    ),
};
