import { z } from 'zod';
import { bodyOf, isoTime, parameter, queryOf, type Call, type Route } from '../call.ts';
import { badRequest, notFound } from '../refusal.ts';
import { newId, type Sync } from '../state.ts';
import { assertFolder, cleanPath } from './folders.ts';
import { environmentOf, forget, projectById } from './projects.ts';

const destination = z.discriminatedUnion('scope', [
  z.object({ scope: z.literal('repository'), owner: z.string().min(1), repo: z.string().min(1) }),
  z.object({
    scope: z.literal('repository-environment'),
    owner: z.string().min(1),
    repo: z.string().min(1),
    env: z.string().min(1),
  }),
]);

const options = z.object({
  initialSyncBehavior: z.literal('overwrite-destination'),
  disableSecretDeletion: z.boolean().default(false),
  keySchema: z.string().default(''),
});

const fields = {
  name: z.string().regex(/^[a-z0-9-]{1,64}$/),
  description: z.string().default(''),
  projectId: z.string(),
  connectionId: z.string(),
  environment: z.string(),
  secretPath: z.string().transform(cleanPath),
  isAutoSyncEnabled: z.boolean().default(true),
  syncOptions: options,
  destinationConfig: destination,
};

/** GitHub's secrets of a sync's destination, by the name that the state keeps them under. */
export function githubPlace(config: unknown): string {
  const parsed = destination.parse(config);
  const place = `${parsed.owner}/${parsed.repo}`;
  return parsed.scope === 'repository' ? place : `${place}/${parsed.env}`;
}

/** Copies what lies in a folder to where its syncs point, at once; the real server does it a little later. */
export function copyToGithub(
  call: Call,
  { envId, secretPath }: { readonly envId: string; readonly secretPath: string },
): void {
  const own = Object.values(call.state.syncs).filter(
    (sync) => sync.envId === envId && sync.path === secretPath && sync.isAutoSyncEnabled,
  );
  for (const sync of own) copy(call, sync);
}

function copy({ state, place, now }: Call, sync: Sync): void {
  const { disableSecretDeletion, keySchema } = options.parse(sync.syncOptions);
  const schema = keySchema === '' ? '{{secretKey}}' : keySchema;
  const destination = githubPlace(sync.destinationConfig);
  const refusal = place.github?.(destination);
  sync.syncStatus = refusal === undefined ? 'succeeded' : 'failed';
  sync.lastSyncMessage = refusal ?? null;
  // As at the server: the time of the last try, whatever came of it (secret-sync-queue.ts).
  sync.lastSyncedAt = isoTime(now);
  if (refusal !== undefined) return;
  const there = { ...state.github[destination] };
  const wanted = Object.fromEntries(
    Object.values(state.secrets)
      .filter((secret) => secret.envId === sync.envId && secret.path === sync.path)
      .map(({ key, value }) => [schema.replace('{{secretKey}}', () => key), value]),
  );
  const [before = '', after = ''] = schema.split('{{secretKey}}');
  const ours = (name: string) => name.startsWith(before) && name.endsWith(after);
  const kept = Object.entries(there).filter(
    ([name]) => disableSecretDeletion || !ours(name) || name in wanted,
  );
  state.github[destination] = { ...Object.fromEntries(kept), ...wanted };
}

function shown({ state }: Call, sync: Sync) {
  const { envId, path, connectionId, ...rest } = sync;
  const environment = state.environments[envId];
  return {
    secretSync: {
      ...rest,
      connectionId,
      version: 1,
      destination: 'github',
      connection: { id: connectionId, app: 'github', name: 'github' },
      environment: { id: envId, slug: environment?.slug, name: environment?.name },
      folder: { id: envId, path },
    },
  };
}

function byId({ state }: Call, id: string): Sync {
  const found = state.syncs[id];
  if (found === undefined) throw notFound(`Could not find GitHub Sync with ID "${id}"`);
  return found;
}

function assertConnection({ place }: Call, id: string): void {
  if (!place.connections.includes(id)) {
    throw notFound(`Could not find App Connection with ID ${id}`);
  }
}

function create(call: Call) {
  const { state } = call;
  const given = bodyOf(call, z.object(fields));
  const project = projectById(state, given.projectId);
  assertConnection(call, given.connectionId);
  const environment = environmentOf(state, project.id, given.environment);
  assertFolder(state, environment.id, given.secretPath);
  const taken = Object.values(state.syncs).some(
    (sync) => sync.projectId === project.id && sync.name === given.name,
  );
  if (taken) throw badRequest(`A Secret Sync with the name "${given.name}" already exists`);
  const sync: Sync = {
    id: newId(),
    name: given.name,
    description: given.description,
    projectId: project.id,
    connectionId: given.connectionId,
    envId: environment.id,
    path: given.secretPath,
    isAutoSyncEnabled: given.isAutoSyncEnabled,
    syncOptions: given.syncOptions,
    destinationConfig: given.destinationConfig,
    syncStatus: null,
    lastSyncMessage: null,
    lastSyncedAt: null,
  };
  state.syncs[sync.id] = sync;
  copy(call, sync);
  return shown(call, sync);
}

function update(call: Call) {
  const sync = byId(call, parameter(call, 'id'));
  const given = bodyOf(call, z.object(fields).partial());
  if (given.connectionId !== undefined) assertConnection(call, given.connectionId);
  const environment =
    given.environment === undefined
      ? undefined
      : environmentOf(call.state, sync.projectId, given.environment);
  sync.envId = environment?.id ?? sync.envId;
  sync.path = given.secretPath ?? sync.path;
  assertFolder(call.state, sync.envId, sync.path);
  sync.name = given.name ?? sync.name;
  sync.description = given.description ?? sync.description;
  sync.connectionId = given.connectionId ?? sync.connectionId;
  sync.isAutoSyncEnabled = given.isAutoSyncEnabled ?? sync.isAutoSyncEnabled;
  sync.syncOptions = given.syncOptions ?? sync.syncOptions;
  sync.destinationConfig = given.destinationConfig ?? sync.destinationConfig;
  copy(call, sync);
  return shown(call, sync);
}

function hasDuplicate(call: Call): boolean {
  const given = bodyOf(
    call,
    z.object({ destinationConfig: destination, excludeSyncId: z.string().optional() }),
  );
  return Object.values(call.state.syncs).some(
    ({ id, destinationConfig }) =>
      id !== given.excludeSyncId &&
      githubPlace(destinationConfig) === githubPlace(given.destinationConfig),
  );
}

function list(call: Call) {
  const { projectId } = queryOf(call, z.object({ projectId: z.string().min(1) }));
  return {
    secretSyncs: Object.values(call.state.syncs)
      .filter((sync) => sync.projectId === projectId)
      .map((sync) => shown(call, sync).secretSync),
  };
}

/** The answer tells of a job that waits, as the server's does; here it is done by the next call. */
function trigger(call: Call) {
  const sync = byId(call, parameter(call, 'id'));
  const answer = shown(call, { ...sync, syncStatus: 'pending' });
  copy(call, sync);
  return answer;
}

const base = 'v1/secret-syncs/github';
const who = 'administrator' as const;

export const secretSyncRoutes: readonly Route[] = [
  { method: 'GET', path: base, who, answer: list },
  { method: 'POST', path: base, who, answer: create },
  {
    method: 'POST',
    path: `${base}/check-destination`,
    who,
    answer: (call) => ({ hasDuplicate: hasDuplicate(call) }),
  },
  {
    method: 'GET',
    path: `${base}/:id`,
    who,
    answer: (call) => shown(call, byId(call, parameter(call, 'id'))),
  },
  { method: 'PATCH', path: `${base}/:id`, who, answer: update },
  { method: 'POST', path: `${base}/:id/sync-secrets`, who, answer: trigger },
  {
    method: 'DELETE',
    path: `${base}/:id`,
    who,
    answer(call) {
      const sync = byId(call, parameter(call, 'id'));
      const answer = shown(call, sync);
      forget(call.state.syncs, ({ id }) => id === sync.id);
      return answer;
    },
  },
];
