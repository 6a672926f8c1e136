import { useToken } from './access-token.ts';
import type { Call } from './call.ts';
import { denied, notFound } from './refusal.ts';
import { authMethodRoutes } from './routes/auth-methods.ts';
import { folderRoutes } from './routes/folders.ts';
import { identityRoutes } from './routes/identities.ts';
import { loginRoutes } from './routes/login.ts';
import { privilegeRoutes } from './routes/privileges.ts';
import { projectRoutes } from './routes/projects.ts';
import { secretSyncRoutes } from './routes/secret-syncs.ts';
import { secretRoutes } from './routes/secrets.ts';

const routes = [
  ...loginRoutes,
  ...projectRoutes,
  ...folderRoutes,
  ...identityRoutes,
  ...authMethodRoutes,
  ...privilegeRoutes,
  ...secretRoutes,
  ...secretSyncRoutes,
].map((route) => ({ ...route, segments: route.path.split('/') }));

export interface Asked extends Omit<Call, 'identity' | 'path'> {
  readonly method: string;
  /** Below /api, still encoded. */
  readonly target: string;
  /** Of the header `authorization`, without `Bearer`. */
  readonly token: string | undefined;
}

/**
 * Finds the API method, checks the token and lets it answer. A use of the token counts, whatever comes of
 * it: the caller keeps the state after a refusal, too.
 *
 * @throws Refusal
 */
export function dispatch({ method, target, token, ...call }: Asked): unknown {
  const segments = target.split('/').map(decodeURIComponent);
  for (const route of routes) {
    const path = route.method === method ? match(route.segments, segments) : undefined;
    if (path === undefined) continue;
    if (route.who === 'nobody') return route.answer({ ...call, path, identity: undefined });
    const { identity } = useToken(call.state, token, call);
    if (route.who === 'administrator' && identity.role !== 'admin') {
      throw denied(method === 'GET' ? 'read' : 'edit', segments[1] ?? '');
    }
    return route.answer({ ...call, path, identity });
  }
  throw notFound(`Route ${method}:/api/${target} not found`);
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
