import { data, refused, type Caller, type UnifiAnswer, type UnifiCall } from './call.ts';
import { passwordOf, type Admin } from './state.ts';

/**
 * The Network application, as far as rotation and its users need it: the same on a classic controller and
 * below `/proxy/network` of a console.
 *
 * @param path  below `/api`, e.g. `/s/default/self`
 */
export function network(path: string, call: UnifiCall): UnifiAnswer {
  const { caller, method } = call;
  if (caller === undefined) return refused(401, 'LoginRequired');
  if (path === '/self' && method === 'GET') return data([self(caller.admin)]);
  const [, site, rest] = /^\/s\/([^/]+)(\/.*)$/.exec(path) ?? [];
  if (site === undefined || rest === undefined) return refused(404, 'NotFound');
  if (!call.state.sites.includes(site)) return refused(401, 'NoSiteContext');
  if (rest === '/self' && method === 'GET') return data([self(caller.admin)]);
  if (rest === '/stat/health' && method === 'GET') {
    return data([
      { subsystem: 'wlan', status: 'ok' },
      { subsystem: 'lan', status: 'ok' },
    ]);
  }
  if (rest === '/cmd/sitemgr' && method === 'POST') return siteManager(caller, call);
  return refused(404, 'NotFound');
}

function self({ id, name, email, role, isSuper }: Admin) {
  return { admin_id: id, name, email, site_role: role, is_super: isSuper, is_local: true };
}

function siteManager(caller: Caller, { body, state, sessions }: UnifiCall): UnifiAnswer {
  const { admin } = caller;
  switch (body['cmd']) {
    case 'get-admins':
      if (admin.role !== 'admin') return refused(403, 'NoPermission');
      return data(
        state.admins.map(({ id, name, email, role, isSuper }) => ({
          ...{ _id: id, name, email, role, is_super: isSuper },
          permissions: [],
          email_alert_enabled: false,
        })),
      );
    case 'update-admin': {
      const changed = state.admins.find(({ id }) => id === body['admin']);
      if (changed === undefined) return refused(400, 'IdInvalid');
      if (admin.role !== 'admin' || (changed.id !== admin.id && !admin.isSuper)) {
        return refused(403, 'NoPermission');
      }
      const { name, email, x_password, role } = body;
      if (typeof name !== 'string' || typeof email !== 'string') return refused(400, 'Invalid');
      if (role !== 'admin' && role !== 'readonly') return refused(400, 'InvalidRole');
      Object.assign(changed, { name, email, role });
      if (typeof x_password === 'string') {
        if (x_password.length < 8) return refused(400, 'PasswordTooShort');
        Object.assign(changed, passwordOf(x_password));
        sessions.endOf(changed.id);
      }
      return data([]);
    }
    default:
      return refused(400, 'InvalidCommand');
  }
}
