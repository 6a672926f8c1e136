import { textAt } from '../../src/review/reach/view.ts';
import { containers } from './reading/containers.ts';
import { found, type Rule } from './reading/rule.ts';

export const rule: Rule = {
  id: 'raft-one-node',
  severity: 'warning',
  title: 'A cluster stands on several Proxmox nodes',
  explanation:
    'Three nodes of OpenBao on one host are gone together; the cluster then protects from nothing.',
  fix: 'Give each of `openbao.nodes` a `node` of its own.',
  check: (view) => {
    const all = containers(view);
    const nodes = new Set(all.map((located) => textAt(located, 'node_name') ?? ''));
    return all.length < 3 || nodes.size > 1
      ? []
      : all
          .slice(0, 1)
          .map((located) =>
            found(located, `all ${String(all.length)} containers are on ${[...nodes].join()}`),
          );
  },
};
