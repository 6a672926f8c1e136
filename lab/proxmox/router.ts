import type { Call } from './call.ts';
import { clusterRoutes } from './cluster.ts';
import { containerRoutes } from './containers.ts';
import { containerStatusRoutes } from './container-status.ts';
import { firewallRoutes } from './firewall.ts';
import { machineRoutes } from './machines.ts';
import { verify } from './parameters.ts';
import { poolRoutes } from './pools.ts';
import { badParameters, failed, Refusal } from './refusal.ts';
import { storageRoutes } from './storage.ts';
import { taskRoutes } from './tasks.ts';

const routes = [
  ...clusterRoutes,
  ...containerRoutes,
  ...containerStatusRoutes,
  ...firewallRoutes,
  ...machineRoutes,
  ...poolRoutes,
  ...storageRoutes,
  ...taskRoutes,
].map((route) => ({ ...route, segments: route.path.split('/') }));

/**
 * Finds the API method and lets it answer.
 *
 * @param path  below /api2/json, still encoded
 * @returns the `data` of the answer
 * @throws Refusal
 */
export async function dispatch(
  method: string,
  path: string,
  call: Omit<Call, 'path'>,
): Promise<unknown> {
  const segments = decode(path);
  for (const route of routes) {
    const found = route.method === method ? match(route.segments, segments) : undefined;
    if (found === undefined) continue;
    checkPath(found, call.nodes);
    const values = verify(call.form, route.parameters ?? {});
    return await route.answer({ ...call, path: found }, values);
  }
  throw new Refusal(501, `Method '${method} /${segments.join('/')}' not implemented`);
}

export function isReading(method: string): boolean {
  return method === 'GET';
}

function decode(path: string): readonly string[] {
  try {
    return path.split('/').map(decodeURIComponent);
  } catch {
    throw new Refusal(400, 'Bad Request');
  }
}

function match(
  pattern: readonly string[],
  segments: readonly string[],
): Record<string, string> | undefined {
  if (pattern.length !== segments.length) return undefined;
  const found: Record<string, string> = {};
  for (const [index, part] of pattern.entries()) {
    const segment = segments[index] ?? '';
    if (part.startsWith(':')) found[part.slice(1)] = segment;
    else if (part !== segment) return undefined;
  }
  return found;
}

function checkPath(path: Readonly<Record<string, string>>, nodes: readonly string[]): void {
  const { node, vmid } = path;
  if (vmid !== undefined && !/^[1-9][0-9]{2,8}$/.test(vmid)) {
    throw badParameters({ vmid: `invalid format - value does not look like a valid VM ID` });
  }
  if (node !== undefined && !nodes.includes(node)) {
    throw failed(
      `hostname lookup '${node}' failed - failed to get address info for: ${node}: Name or service not known`,
    );
  }
}
