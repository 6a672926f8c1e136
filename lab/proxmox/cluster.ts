import type { Call, Route } from './call.ts';
import { badParameters } from './refusal.ts';
import type { Guest } from './state.ts';
import { storages } from './storage.ts';

function listed(guest: Guest) {
  return {
    vmid: guest.vmid,
    name: guest.config['hostname'] ?? guest.config['name'] ?? `${guest.kind}${String(guest.vmid)}`,
    status: guest.status,
    type: guest.kind,
    ...(guest.config['tags'] === undefined ? {} : { tags: guest.config['tags'] }),
    cpus: guest.config['cores'] ?? 1,
  };
}

function guestsOf({ state, path }: Call, kind: Guest['kind']) {
  return Object.values(state.guests)
    .filter((guest) => guest.kind === kind && guest.node === path['node'])
    .map(listed);
}

function resources({ state, nodes }: Call, type: string | number | undefined) {
  const all = [
    ...Object.values(state.guests).map((guest) => ({
      ...listed(guest),
      id: `${guest.kind}/${String(guest.vmid)}`,
      node: guest.node,
      template: 0,
      ...(guest.pool === undefined ? {} : { pool: guest.pool }),
    })),
    ...nodes.map((node) => ({ id: `node/${node}`, type: 'node', node, status: 'online' })),
    ...nodes.flatMap((node) =>
      storages.map(({ storage, content }) => ({
        ...{ id: `storage/${node}/${storage}`, type: 'storage', node, storage, content },
        status: 'available',
      })),
    ),
  ];
  if (type === undefined) return all;
  const kinds = type === 'vm' ? ['lxc', 'qemu'] : [type];
  return all.filter((resource) => kinds.includes(resource.type));
}

function nextId({ state }: Call, wanted: string | number | undefined): string {
  if (wanted !== undefined) {
    if (String(wanted) in state.guests) {
      throw badParameters({ vmid: `VM ${String(wanted)} already exists` });
    }
    return String(wanted);
  }
  let id = 100;
  while (String(id) in state.guests) id += 1;
  return String(id);
}

export const clusterRoutes: readonly Route[] = [
  {
    method: 'GET',
    path: 'version',
    answer: () => ({ version: '9.1.4', release: '9.1', repoid: 'double' }),
  },
  {
    method: 'GET',
    path: 'nodes',
    answer: ({ nodes }) =>
      nodes.map((node) => ({ node, id: `node/${node}`, type: 'node', status: 'online' })),
  },
  {
    method: 'GET',
    path: 'cluster/resources',
    parameters: { optional: { type: 'string' } },
    answer: (call, { type }) => resources(call, type),
  },
  {
    method: 'GET',
    path: 'cluster/nextid',
    parameters: { optional: { vmid: 'integer' } },
    answer: (call, { vmid }) => nextId(call, vmid),
  },
  {
    method: 'GET',
    path: 'cluster/firewall/options',
    answer: ({ state }) => state.datacenterFirewall,
  },
  {
    method: 'PUT',
    path: 'cluster/firewall/options',
    parameters: { optional: { enable: 'integer', policy_in: 'string', policy_out: 'string' } },
    answer: ({ state }, values) => {
      Object.assign(state.datacenterFirewall, values);
      return null;
    },
  },
  { method: 'GET', path: 'nodes/:node/lxc', answer: (call) => guestsOf(call, 'lxc') },
  {
    method: 'GET',
    path: 'nodes/:node/qemu',
    parameters: { optional: { full: 'boolean' } },
    answer: (call) => guestsOf(call, 'qemu'),
  },
];
