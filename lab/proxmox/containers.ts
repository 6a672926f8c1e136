import type { Call, Route } from './call.ts';
import { configParameters, digest, kept, refuseRootOnly, resize } from './guest-config.ts';
import { without, type Values } from './parameters.ts';
import { badParameters, failed } from './refusal.ts';
import type { Guest } from './state.ts';
import { record, run } from './tasks.ts';

/** @throws Refusal  no such container on that node */
export function container({ state, path }: Call): Guest {
  const { node = '', vmid = '' } = path;
  const guest = state.guests[vmid];
  if (guest?.kind !== 'lxc' || guest.node !== node) {
    throw failed(`Configuration file 'nodes/${node}/lxc/${vmid}.conf' does not exist`);
  }
  return guest;
}

/** @throws Refusal  400 below 100; 500 where any guest of the cluster has the number */
export function freeVmid({ state }: Call, values: Values, what: string): number {
  const vmid = Number(values['vmid']);
  if (vmid < 100) throw badParameters({ vmid: 'value must have a minimum value of 100' });
  const other = state.guests[String(vmid)];
  if (other !== undefined) {
    const kind = other.kind === 'lxc' ? 'CT' : 'VM';
    throw failed(
      `unable to create ${what} ${String(vmid)} - ` +
        `${kind} ${String(vmid)} already exists on node '${other.node}'`,
    );
  }
  return vmid;
}

async function create(call: Call, values: Values): Promise<string> {
  const { state, path } = call;
  const { node = '' } = path;
  refuseRootOnly(values);
  const vmid = freeVmid(call, values, 'CT');
  const volid = String(values['ostemplate']);
  if (!state.templates.some((template) => template.volid === volid && template.node === node)) {
    throw failed(`volume '${volid}' does not exist`);
  }
  const pool = values['pool'] === undefined ? undefined : String(values['pool']);
  if (pool !== undefined && !Object.hasOwn(state.pools, pool))
    throw failed(`pool '${pool}' does not exist`);

  const guest: Guest = { kind: 'lxc', vmid, node, config: {}, pool, status: 'stopped' };
  const { config } = guest;
  const rootfs = values['rootfs'] ?? `${String(values['storage'] ?? 'local')}:4`;
  for (const [name, value] of Object.entries({ ...values, rootfs })) {
    if (!(name.replace(/[0-9]+$/, '[n]') in configParameters)) continue;
    config[name] = kept(call, guest, name, value);
  }
  if (values['unprivileged'] === 1) config['unprivileged'] = 1;
  const keys = String(values['ssh-public-keys'] ?? '').split('\n');
  return run(call, node, 'vzcreate', String(vmid), async () => {
    await call.runtime.create(guest, volid, keys.map((key) => key.trim()).filter(Boolean));
    state.guests[String(vmid)] = guest;
    if (values['start'] !== 1) return;
    await call.runtime.start(guest);
    guest.status = 'running';
  });
}

function update(call: Call, values: Values): null {
  const guest = container(call);
  refuseRootOnly(values);
  const { delete: remove } = values;
  const changes = without(values, 'delete', 'digest');
  if (Object.keys(changes).length === 0 && remove === undefined) {
    throw failed('no options specified');
  }
  for (const name of String(remove ?? '').split(',')) Reflect.deleteProperty(guest.config, name);
  for (const [name, value] of Object.entries(changes)) {
    guest.config[name] = kept(call, guest, name, value);
  }
  return null;
}

function destroy(call: Call): Promise<string> {
  const guest = container(call);
  const id = String(guest.vmid);
  if (guest.config['protection'] === 1) {
    throw failed(`can't remove CT ${id} - protection mode enabled`);
  }
  if (guest.status === 'running') {
    throw failed(`unable to destroy CT ${id} - container is running`);
  }
  return run(call, guest.node, 'vzdestroy', id, async () => {
    await call.runtime.destroy(guest);
    Reflect.deleteProperty(call.state.guests, id);
    Reflect.deleteProperty(call.state.firewalls, id);
  });
}

const base = 'nodes/:node/lxc';

export const containerRoutes: readonly Route[] = [
  {
    method: 'POST',
    path: base,
    parameters: {
      required: { vmid: 'integer', ostemplate: 'string' },
      optional: {
        ...configParameters,
        ...{ unprivileged: 'boolean', start: 'boolean', storage: 'string', pool: 'string' },
        ...{ 'ssh-public-keys': 'string', password: 'string', force: 'boolean' },
        ...{ unique: 'boolean', bwlimit: 'number' },
      },
    },
    answer: create,
  },
  {
    method: 'GET',
    path: `${base}/:vmid/config`,
    answer: (call) => {
      const { config } = container(call);
      return { ...config, digest: digest(config) };
    },
  },
  {
    method: 'PUT',
    path: `${base}/:vmid/config`,
    parameters: { optional: { ...configParameters, delete: 'string', digest: 'string' } },
    answer: update,
  },
  {
    method: 'PUT',
    path: `${base}/:vmid/resize`,
    parameters: { required: { disk: 'string', size: 'string' } },
    answer: (call, { disk, size }) => {
      const guest = container(call);
      resize(guest, String(disk), String(size));
      return record(call, guest.node, 'resize', String(guest.vmid));
    },
  },
  {
    method: 'DELETE',
    path: `${base}/:vmid`,
    parameters: { optional: { purge: 'boolean', force: 'boolean' } },
    answer: destroy,
  },
];
