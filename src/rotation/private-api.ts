import { object, ShapeError, text, type Shape } from '../contract/shape.ts';
import { UserError } from '../user-error.ts';
import { refusal, type Session } from './session.ts';
import type { Sent } from './transport.ts';

/**
 * The parts of UniFi's private API that a rotation rests on. No document of Ubiquiti has them, and its
 * official API has neither admins nor keys: an answer that is not as known ends the rotation.
 */
export class ChangedApi extends UserError {
  override readonly name = 'ChangedApi';

  constructor(controller: string, what: string) {
    super(
      `the private API of ${controller} is not the one that this version knows: ${what}. Rotate by ` +
        'hand (the pages of admins and keys of the console, then `backbone secret put`), and look for a newer version.',
    );
  }
}

/** An admin as the controller lists it. */
export interface Admin {
  readonly id: string;
  readonly name: string;
  readonly email: string;
  readonly role: string;
  /** As they were listed: they are sent back with a change, which would else take them away. */
  readonly permissions: unknown;
}

export interface ApiKey {
  readonly id: string;
  readonly name: string;
}

const keys = '/proxy/users/api/v2/user/self/keys';

function networkPath({ controller }: Session, rest: string): string {
  return `${controller.kind === 'os' ? '/proxy/network' : ''}/api${rest}`;
}

function sitePath(session: Session, rest: string): string {
  return networkPath(session, `/s/${session.controller.site}${rest}`);
}

/** @throws ChangedApi | ControllerError */
async function ask(session: Session, sent: Sent): Promise<Shape> {
  const reply = await session.request(sent);
  if (reply.status === 404) {
    throw new ChangedApi(session.controller.controller, `${sent.method} ${sent.path} is not there`);
  }
  if (reply.status < 200 || reply.status >= 300) throw refusal(session.controller, sent, reply);
  return known(session, () => object(reply.body, `the answer of ${sent.method} ${sent.path}`));
}

/** What an answer must hold; anything else is another API. */
function known<T>({ controller }: Session, read: () => T): T {
  try {
    return read();
  } catch (error) {
    if (error instanceof ShapeError) throw new ChangedApi(controller.controller, error.message);
    throw error;
  }
}

function items(shape: Shape): readonly Shape[] {
  const list = shape.value['data'];
  if (!Array.isArray(list)) throw new ShapeError(`${shape.at} has no list "data"`);
  return list.map((item: unknown, index) => object(item, `${shape.at}.data[${String(index)}]`));
}

/** Who the session is. Undefined where the credential is not accepted. */
export async function whoAmI(session: Session): Promise<string | undefined> {
  const sent: Sent = { method: 'GET', path: networkPath(session, '/self') };
  const reply = await session.request(sent);
  if (reply.status === 401) return undefined;
  if (reply.status !== 200) throw refusal(session.controller, sent, reply);
  return known(session, () => {
    const [self] = items(object(reply.body, `the answer of GET ${sent.path}`));
    if (self === undefined) throw new ShapeError(`the answer of GET ${sent.path} is empty`);
    return text(self, 'name');
  });
}

/** What an exporter reads first. */
export async function readHealth(session: Session): Promise<void> {
  const path = sitePath(session, '/stat/health');
  const shape = await ask(session, { method: 'GET', path });
  known(session, () => items(shape));
}

/** @returns undefined where the site has no admin of that name */
export async function findAdmin(session: Session, name: string): Promise<Admin | undefined> {
  const path = sitePath(session, '/cmd/sitemgr');
  const shape = await ask(session, { method: 'POST', path, body: { cmd: 'get-admins' } });
  return known(session, () => {
    const admins = items(shape).map((admin) => ({
      id: text(admin, '_id'),
      name: text(admin, 'name'),
      email: typeof admin.value['email'] === 'string' ? admin.value['email'] : '',
      role: text(admin, 'role'),
      permissions: admin.value['permissions'] ?? [],
    }));
    return admins.find((admin) => admin.name === name);
  });
}

export async function setPassword(session: Session, admin: Admin, password: string): Promise<void> {
  const { id, name, email, role, permissions } = admin;
  await ask(session, {
    method: 'POST',
    path: sitePath(session, '/cmd/sitemgr'),
    body: { cmd: 'update-admin', admin: id, name, email, x_password: password, role, permissions },
  });
}

export async function listKeys(session: Session): Promise<readonly ApiKey[]> {
  const shape = await ask(session, { method: 'GET', path: keys });
  return known(session, () =>
    items(shape).map((key) => ({ id: text(key, 'id'), name: text(key, 'name') })),
  );
}

/** @returns the key itself, which the controller shows this once */
export async function createKey(
  session: Session,
  name: string,
): Promise<{ readonly id: string; readonly key: string }> {
  const shape = await ask(session, { method: 'POST', path: keys, body: { name } });
  return known(session, () => {
    const made = object(shape.value['data'], `${shape.at}.data`);
    return { id: text(made, 'id'), key: text(made, 'full_api_key') };
  });
}

/** Done also where there is none. */
export async function deleteKey(session: Session, id: string): Promise<void> {
  const sent: Sent = {
    method: 'DELETE',
    path: `/proxy/users/api/v2/keys/${encodeURIComponent(id)}`,
  };
  const reply = await session.request(sent);
  if (reply.status >= 300 && reply.status !== 404) throw refusal(session.controller, sent, reply);
}
