import { randomBytes } from 'node:crypto';
import { z } from 'zod';
import { badCredentials, notFound, Refusal, type Reply } from './refusal.ts';
import {
  findRepository,
  hashOf,
  type GithubState,
  type Installation,
  type IssuedToken,
  type Permissions,
  type Repository,
} from './state.ts';

const hour = 3_600_000;
const order = ['read', 'write', 'admin'];

/** Whether `wanted` is allowed by `granted`. */
export function within(wanted: Permissions, granted: Permissions): boolean {
  return Object.entries(wanted).every(([name, level]) => {
    const has = granted[name];
    return has !== undefined && order.includes(level) && order.indexOf(level) <= order.indexOf(has);
  });
}

const asked = z.object({
  repositories: z.array(z.string()).max(500).optional(),
  repository_ids: z.array(z.number()).max(500).optional(),
  permissions: z.record(z.string(), z.string()).optional(),
});

/**
 * `POST /app/installations/{id}/access_tokens` (GitHub REST API, "Create an installation access token for an
 * app"): an hour, for all that the installation has or for less, never for more.
 *
 * @throws Refusal  403 suspended, 404 another's installation, 422 a repository or permission that it has not
 */
export function createToken(state: GithubState, id: number, body: unknown, now: number): Reply {
  const installation = state.installations.find((one) => one.id === id);
  if (installation === undefined) throw notFound();
  if (installation.suspended) throw new Refusal(403, 'This installation has been suspended');
  const wanted = asked.safeParse(body ?? {});
  if (!wanted.success) throw new Refusal(422, 'Invalid request.');
  const repositories = chosen(state, installation, wanted.data);
  const permissions = wanted.data.permissions ?? installation.permissions;
  if (!within(permissions, installation.permissions)) {
    throw new Refusal(422, 'The permissions requested are not granted to this installation.');
  }
  const token = `ghs_${randomBytes(27).toString('base64url').replaceAll(/[-_]/g, 'x')}`;
  // Every token may read metadata, whether it was asked for or not.
  const given: Permissions = { metadata: 'read', ...permissions };
  const expires = now + hour;
  state.tokens.push({
    hash: hashOf(token),
    installation,
    repositories: repositories && new Set(repositories.map((one) => one.id)),
    permissions: given,
    expires,
    revoked: false,
  });
  return {
    status: 201,
    body: {
      token,
      expires_at: new Date(expires).toISOString().replace(/\.\d+Z$/, 'Z'),
      permissions: given,
      repository_selection: repositories === undefined ? 'all' : 'selected',
      ...(repositories === undefined ? {} : { repositories: repositories.map(shown) }),
    },
  };
}

function chosen(
  state: GithubState,
  { account }: Installation,
  { repositories: names, repository_ids: ids }: z.infer<typeof asked>,
): readonly Repository[] | undefined {
  if (names === undefined && ids === undefined) return undefined;
  const all = [
    ...(names ?? []).map((name) => findRepository(state, account, name)),
    ...(ids ?? []).map((id) => state.repositories.find((one) => one.id === id)),
  ];
  return all.map((one) => {
    if (!one?.installed || one.owner !== account) {
      throw new Refusal(
        422,
        'There is at least one repository that does not exist or is not accessible to the parent installation.',
      );
    }
    return one;
  });
}

/** A repository as answers have it, with the fields that clients look at. */
export function shown({ id, owner, name, private: hidden }: Repository) {
  return { id, name, full_name: `${owner}/${name}`, private: hidden, owner: { login: owner } };
}

/** @throws Refusal  401 where it is unknown, has ended or was revoked: GitHub does not say which */
export function tokenOf(state: GithubState, token: string, now: number): IssuedToken {
  const found = state.tokens.find(({ hash }) => hash === hashOf(token));
  if (found === undefined || found.revoked || found.expires <= now) throw badCredentials();
  if (found.installation.suspended) {
    throw new Refusal(403, 'This installation has been suspended');
  }
  return found;
}
