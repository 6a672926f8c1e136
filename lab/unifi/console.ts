import { randomBytes, randomUUID } from 'node:crypto';
import { consoleError, type UnifiAnswer, type UnifiCall } from './call.ts';
import { network } from './network.ts';
import { hashOf, hasPassword, type Key } from './state.ts';

const keysPath = '/proxy/users/api/v2/user/self/keys';

/**
 * A UniFi OS console: it signs in, keeps API keys, and stands in front of its applications.
 * Sign-in and keys are its private API, as clients have found it out; no document of Ubiquiti has it.
 */
export function unifiConsole(call: UnifiCall): UnifiAnswer {
  const { method, path, caller, sessions } = call;
  if (path === '/api/auth/login' && method === 'POST') return login(call);
  if (caller === undefined) return consoleError(401, 'Unauthorized');
  if (path === '/api/auth/logout' && method === 'POST') {
    if (caller.session !== undefined) sessions.close(caller.session);
    return { status: 200, body: { success: true } };
  }
  if (path === keysPath && method === 'GET') return listKeys(call);
  if (path === keysPath && method === 'POST') return createKey(call);
  const [, id] = /^\/proxy\/users\/api\/v2\/keys\/([^/]+)$/.exec(path) ?? [];
  if (id !== undefined && method === 'DELETE') return deleteKey(call, id);
  const [, rest] = /^\/proxy\/network\/api(\/.*)$/.exec(path) ?? [];
  return rest === undefined ? consoleError(404, 'Not Found') : network(rest, call);
}

function login({ body, state, sessions }: UnifiCall): UnifiAnswer {
  const admin = state.admins.find(({ name }) => name === body['username']);
  const { password } = body;
  if (admin === undefined || typeof password !== 'string' || !hasPassword(admin, password)) {
    return {
      status: 403,
      body: {
        code: 'AUTHENTICATION_FAILED_INVALID_CREDENTIALS',
        message: 'Invalid username or password',
        level: 'debug',
      },
    };
  }
  const session = sessions.open(admin.id);
  return {
    status: 200,
    body: {
      unique_id: admin.id,
      username: admin.name,
      isOwner: false,
      isSuperAdmin: admin.isSuper,
    },
    headers: {
      'set-cookie': `TOKEN=${session.cookie}; path=/; secure; httponly; samesite=strict`,
      'x-csrf-token': session.csrf,
      'x-updated-csrf-token': session.csrf,
    },
  };
}

const envelope = (items: unknown): UnifiAnswer => ({
  status: 200,
  body: { code: 'SUCCESS', codeS: 'SUCCESS', msg: 'success', data: items },
});

const forbidden: UnifiAnswer = {
  status: 403,
  body: { code: 'FORBIDDEN', codeS: 'FORBIDDEN', msg: 'No permission', data: null },
};

function listKeys({ caller, state }: UnifiCall): UnifiAnswer {
  return envelope(
    state.keys.filter(({ admin }) => admin === caller?.admin.id).map((one) => shown(one)),
  );
}

/** Only a session makes keys: whether a key could make its successor is nowhere told. */
function createKey({ caller, state, body }: UnifiCall): UnifiAnswer {
  if (caller?.session === undefined || caller.admin.role !== 'admin') return forbidden;
  const { name } = body;
  if (typeof name !== 'string' || name === '' || name.length > 128) {
    return { status: 400, body: { code: 'INVALID_PARAMS', msg: 'invalid name', data: null } };
  }
  const full = randomBytes(24).toString('base64url');
  const made: Key = {
    id: randomUUID(),
    admin: caller.admin.id,
    name,
    masked: `${full.slice(0, 4)}****`,
    hash: hashOf(full),
    created: new Date().toISOString(),
  };
  state.keys.push(made);
  return envelope({ ...shown(made), full_api_key: full });
}

function deleteKey({ caller, state }: UnifiCall, id: string): UnifiAnswer {
  const at = state.keys.findIndex((one) => one.id === id && one.admin === caller?.admin.id);
  if (at < 0) {
    return { status: 404, body: { code: 'NOT_FOUND', msg: 'key not found', data: null } };
  }
  if (caller?.session === undefined) return forbidden;
  state.keys.splice(at, 1);
  return envelope(null);
}

function shown({ id, name, masked, created }: Key) {
  return { id, name, masked_api_key: masked, created_at: created, key_permissions: {} };
}
