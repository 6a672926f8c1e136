import type { Route } from './call.ts';
import { freeVmid } from './containers.ts';
import { without } from './parameters.ts';
import { failed } from './refusal.ts';
import { record } from './tasks.ts';

/** Virtual machines, as far as they hold numbers that containers cannot have. */
export const machineRoutes: readonly Route[] = [
  {
    method: 'POST',
    path: 'nodes/:node/qemu',
    parameters: {
      required: { vmid: 'integer' },
      optional: { name: 'string', tags: 'string', cores: 'integer', memory: 'integer' },
    },
    answer: (call, values) => {
      const { node = '' } = call.path;
      const vmid = freeVmid(call, values, 'VM');
      const config = without(values, 'vmid');
      call.state.guests[String(vmid)] = { kind: 'qemu', vmid, node, status: 'stopped', config };
      return record(call, node, 'qmcreate', String(vmid));
    },
  },
  {
    method: 'DELETE',
    path: 'nodes/:node/qemu/:vmid',
    answer: (call) => {
      const { node = '', vmid = '' } = call.path;
      if (call.state.guests[vmid]?.kind !== 'qemu') {
        throw failed(`Configuration file 'nodes/${node}/qemu-server/${vmid}.conf' does not exist`);
      }
      Reflect.deleteProperty(call.state.guests, vmid);
      return record(call, node, 'qmdestroy', vmid);
    },
  },
];
