import type { Call, Route } from './call.ts';
import { badParameters, failed } from './refusal.ts';

function members({ state }: Call, pool: string) {
  return Object.values(state.guests)
    .filter((guest) => guest.pool === pool)
    .map(({ kind, vmid, node, status }) => ({
      ...{ id: `${kind}/${String(vmid)}`, type: kind },
      ...{ vmid, node, status },
    }));
}

function existing({ state }: Call, id: string) {
  const pool = Object.hasOwn(state.pools, id) ? state.pools[id] : undefined;
  if (pool === undefined) throw failed(`pool '${id}' does not exist`);
  return pool;
}

/** `/pools`, with the pool in a parameter (since PVE 8.1). */
export const poolRoutes: readonly Route[] = [
  {
    method: 'GET',
    path: 'pools',
    parameters: { optional: { poolid: 'string' } },
    answer: (call, { poolid }) => {
      if (poolid === undefined) {
        return Object.entries(call.state.pools).map(([id, pool]) => ({ poolid: id, ...pool }));
      }
      const id = String(poolid);
      return [{ poolid: id, ...existing(call, id), members: members(call, id) }];
    },
  },
  {
    method: 'POST',
    path: 'pools',
    parameters: { required: { poolid: 'string' }, optional: { comment: 'string' } },
    answer: ({ state }, { poolid, comment = '' }) => {
      const id = String(poolid);
      if (!/^[A-Za-z0-9][A-Za-z0-9._-]*$/.test(id)) {
        throw badParameters({
          poolid: `invalid format - value does not look like a valid pool ID`,
        });
      }
      if (Object.hasOwn(state.pools, id))
        throw failed(`create pool failed: pool '${id}' already exists`);
      state.pools[id] = { comment: String(comment) };
      return null;
    },
  },
  {
    method: 'PUT',
    path: 'pools',
    parameters: { required: { poolid: 'string' }, optional: { comment: 'string' } },
    answer: (call, { poolid, comment }) => {
      const pool = existing(call, String(poolid));
      if (comment !== undefined) pool.comment = String(comment);
      return null;
    },
  },
  {
    method: 'DELETE',
    path: 'pools',
    parameters: { required: { poolid: 'string' } },
    answer: (call, { poolid }) => {
      const id = String(poolid);
      existing(call, id);
      if (members(call, id).length > 0) {
        throw failed(`delete pool failed: pool '${id}' is not empty`);
      }
      Reflect.deleteProperty(call.state.pools, id);
      return null;
    },
  },
];
