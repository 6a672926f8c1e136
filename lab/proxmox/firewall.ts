import type { Call, Route } from './call.ts';
import { without, type Kind, type Values } from './parameters.ts';
import { badParameters, failed } from './refusal.ts';
import type { Firewall } from './state.ts';

const rule: Readonly<Record<string, Kind>> = {
  ...{ action: 'string', type: 'string', comment: 'string', dest: 'string', dport: 'string' },
  ...{ enable: 'integer', 'icmp-type': 'string', iface: 'string', log: 'string', macro: 'string' },
  ...{ proto: 'string', source: 'string', sport: 'string', digest: 'string' },
};

/** Proxmox keeps the file of a guest apart from the guest, and does not ask whether there is one. */
function firewall({ state, path }: Call): Firewall {
  return (state.firewalls[path['vmid'] ?? ''] ??= { options: {}, rules: [] });
}

function checked(candidate: Values): Values {
  if (
    (candidate['dport'] ?? candidate['sport']) !== undefined &&
    candidate['proto'] === undefined
  ) {
    throw badParameters({ proto: "missing property - 'dport' requires this property" });
  }
  return candidate;
}

function at(call: Call): {
  readonly rules: Values[];
  readonly pos: number;
  readonly found: Values;
} {
  const { rules } = firewall(call);
  const pos = Number(call.path['pos']);
  const found = rules[pos];
  if (found === undefined) throw failed(`no rule at position ${String(pos)}`);
  return { rules, pos, found };
}

function update(call: Call, values: Values): null {
  const { rules, pos, found } = at(call);
  const { moveto, delete: remove } = values;
  if (moveto !== undefined) {
    // The rule gets in front of the one that stands at the position now.
    rules.splice(pos, 1);
    rules.splice(Number(moveto) > pos ? Number(moveto) - 1 : Number(moveto), 0, found);
    return null;
  }
  const gone = String(remove ?? '').split(',');
  const kept = Object.entries(found).filter(([name]) => !gone.includes(name));
  rules[pos] = checked({
    ...Object.fromEntries(kept),
    ...without(values, 'moveto', 'delete', 'digest'),
  });
  return null;
}

const base = 'nodes/:node/lxc/:vmid/firewall';

export const firewallRoutes: readonly Route[] = [
  { method: 'GET', path: `${base}/options`, answer: (call) => firewall(call).options },
  {
    method: 'PUT',
    path: `${base}/options`,
    parameters: {
      optional: {
        ...{ enable: 'boolean', dhcp: 'boolean', ipfilter: 'boolean', macfilter: 'boolean' },
        ...{ ndp: 'boolean', radv: 'boolean', policy_in: 'string', policy_out: 'string' },
        ...{ log_level_in: 'string', log_level_out: 'string', delete: 'string' },
      },
    },
    answer: (call, { delete: remove, ...changes }) => {
      const { options } = firewall(call);
      for (const name of String(remove ?? '').split(',')) Reflect.deleteProperty(options, name);
      Object.assign(options, changes);
      return null;
    },
  },
  {
    method: 'GET',
    path: `${base}/rules`,
    answer: (call) => firewall(call).rules.map((found, pos) => ({ ...found, pos })),
  },
  {
    method: 'POST',
    path: `${base}/rules`,
    parameters: {
      required: { action: 'string', type: 'string' },
      optional: { ...rule, pos: 'integer' },
    },
    answer: (call, values) => {
      // A rule that does not say whether it is on is off (PVE::API2::Firewall::Rules).
      const added = { enable: 0, ...checked(without(values, 'pos', 'digest')) };
      firewall(call).rules.splice(Number(values['pos'] ?? 0), 0, added);
      return null;
    },
  },
  {
    method: 'GET',
    path: `${base}/rules/:pos`,
    // A string here, a number in the list: so does Proxmox.
    answer: (call) => ({ ...at(call).found, pos: String(at(call).pos) }),
  },
  {
    method: 'PUT',
    path: `${base}/rules/:pos`,
    parameters: { optional: { ...rule, moveto: 'integer', delete: 'string' } },
    answer: update,
  },
  {
    method: 'DELETE',
    path: `${base}/rules/:pos`,
    answer: (call) => {
      const { rules, pos } = at(call);
      rules.splice(pos, 1);
      return null;
    },
  },
];
