import { data, refused, type UnifiAnswer, type UnifiCall } from './call.ts';
import { network } from './network.ts';
import { hasPassword } from './state.ts';

/** The Network application by itself: its own sign-in, no keys. */
export function classicController(call: UnifiCall): UnifiAnswer {
  const { method, path, caller, sessions } = call;
  if (path === '/api/login' && method === 'POST') return login(call);
  if (path === '/api/logout' && method === 'POST') {
    if (caller?.session !== undefined) sessions.close(caller.session);
    return data([]);
  }
  const [, rest] = /^\/api(\/.*)$/.exec(path) ?? [];
  return rest === undefined ? refused(404, 'NotFound') : network(rest, call);
}

function login({ body, state, sessions }: UnifiCall): UnifiAnswer {
  const admin = state.admins.find(({ name }) => name === body['username']);
  const { password } = body;
  if (admin === undefined || typeof password !== 'string' || !hasPassword(admin, password)) {
    return refused(400, 'Invalid');
  }
  const session = sessions.open(admin.id);
  return {
    ...data([]),
    headers: {
      'set-cookie': [
        `unifises=${session.cookie}; Path=/; Secure; HttpOnly`,
        `csrf_token=${session.csrf}; Path=/; Secure`,
      ],
    },
  };
}
