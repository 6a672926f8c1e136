import type { Call, Route } from './call.ts';
import { failed } from './refusal.ts';

/** Older ones are forgotten. */
const kept = 500;

/**
 * Records a task, already ended, and gives its UPID
 * (`UPID:node:pid:pstart:starttime:type:id:user:`, numbers in hexadecimal).
 *
 * The double does the work of a task before it answers, so a task is never seen running.
 *
 * @param exitstatus  `OK`, or what went wrong
 */
export function record(
  { state, user }: Call,
  node: string,
  type: string,
  id: string,
  exitstatus = 'OK',
): string {
  const starttime = Math.floor(Date.now() / 1000);
  state.sequence += 1;
  const numbers = [state.sequence, state.sequence, starttime].map((number) =>
    number.toString(16).toUpperCase().padStart(8, '0'),
  );
  const upid = `UPID:${[node, ...numbers, type, id, user].join(':')}:`;
  state.tasks.push({ upid, node, type, id, user, starttime, exitstatus });
  state.tasks.splice(0, Math.max(0, state.tasks.length - kept));
  return upid;
}

/** Does the work of a task. What fails is how the task ends, as Proxmox answers before it begins. */
export async function run(
  call: Call,
  node: string,
  type: string,
  id: string,
  work: () => Promise<void>,
): Promise<string> {
  try {
    await work();
  } catch (error) {
    const [reason = ''] = (error instanceof Error ? error.message : String(error)).split('\n');
    return record(call, node, type, id, reason);
  }
  return record(call, node, type, id);
}

function find({ state, path }: Call) {
  const task = state.tasks.find(({ upid, node }) => upid === path['upid'] && node === path['node']);
  if (task === undefined) throw failed(`no such task '${path['upid'] ?? ''}'`);
  return task;
}

export const taskRoutes: readonly Route[] = [
  {
    method: 'GET',
    path: 'nodes/:node/tasks/:upid/status',
    answer: (call) => ({ ...find(call), status: 'stopped' }),
  },
  {
    method: 'GET',
    path: 'nodes/:node/tasks/:upid/log',
    parameters: { optional: { start: 'integer', limit: 'integer' } },
    answer: (call) => {
      const { exitstatus } = find(call);
      return [{ n: 1, t: exitstatus === 'OK' ? 'TASK OK' : `TASK ERROR: ${exitstatus}` }];
    },
  },
  {
    method: 'DELETE',
    path: 'nodes/:node/tasks/:upid',
    answer: (call) => {
      find(call);
      return null;
    },
  },
];
