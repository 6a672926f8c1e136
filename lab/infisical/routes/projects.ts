import { z } from 'zod';
import { bodyOf, isoTime, parameter, type Call, type Route } from '../call.ts';
import { badRequest, notFound, Refusal } from '../refusal.ts';
import { newId, type Environment, type Project, type State } from '../state.ts';

/** @throws Refusal  404 */
export function projectById(state: State, id: string): Project {
  const found = state.projects[id];
  if (found === undefined) throw notFound(`Project with ID '${id}' not found`);
  return found;
}

export function projectBySlug(state: State, slug: string): Project {
  const found = Object.values(state.projects).find((project) => project.slug === slug);
  if (found === undefined) throw notFound(`Project with slug '${slug}' not found`);
  return found;
}

export function environmentsOf(state: State, projectId: string): readonly Environment[] {
  return Object.values(state.environments)
    .filter((environment) => environment.projectId === projectId)
    .sort((a, b) => a.position - b.position);
}

/** @throws Refusal  404 */
export function environmentOf(state: State, projectId: string, slug: string): Environment {
  const found = environmentsOf(state, projectId).find((environment) => environment.slug === slug);
  if (found === undefined) {
    throw notFound(`Environment with slug '${slug}' in project with ID '${projectId}' not found`);
  }
  return found;
}

/** Null where the provider's Go struct has a text: it reads as empty there. */
function shown({ state, place }: Call, project: Project) {
  return {
    ...project,
    orgId: place.organizationId,
    autoCapitalization: false,
    version: 3,
    upgradeStatus: null,
    kmsSecretManagerKeyId: null,
    auditLogsRetentionDays: null,
    environments: environmentsOf(state, project.id).map(({ id, name, slug }) => ({
      id,
      name,
      slug,
    })),
  };
}

const creation = z.object({
  projectName: z.string().min(1),
  projectDescription: z.string().default(''),
  slug: z.string().regex(/^[a-z0-9-]{1,36}$/),
  type: z.string().default('secret-manager'),
  shouldCreateDefaultEnvs: z.boolean().default(true),
  hasDeleteProtection: z.boolean().default(false),
});

function create(call: Call) {
  const { state, now } = call;
  const given = bodyOf(call, creation);
  if (Object.values(state.projects).some(({ slug }) => slug === given.slug)) {
    throw badRequest(
      `A project with the slug "${given.slug}" already exists in your organization.`,
    );
  }
  const id = newId();
  const made: Project = {
    id,
    name: given.projectName,
    slug: given.slug,
    description: given.projectDescription,
    type: given.type,
    hasDeleteProtection: given.hasDeleteProtection,
    createdAt: isoTime(now),
    updatedAt: isoTime(now),
  };
  state.projects[id] = made;
  if (given.shouldCreateDefaultEnvs) {
    for (const [index, slug] of ['dev', 'staging', 'prod'].entries()) {
      const env = newId();
      state.environments[env] = { id: env, projectId: id, slug, name: slug, position: index + 1 };
    }
  }
  return { project: shown(call, made) };
}

const change = z.object({
  name: z.string().min(1).optional(),
  slug: z.string().optional(),
  description: z.string().optional(),
  hasDeleteProtection: z.boolean().optional(),
});

function update(call: Call) {
  const project = projectById(call.state, parameter(call, 'projectId'));
  Object.assign(project, bodyOf(call, change), { updatedAt: isoTime(call.now) });
  return { project: shown(call, project) };
}

function remove(call: Call) {
  const { state } = call;
  const project = projectBySlug(state, parameter(call, 'slug'));
  if (project.hasDeleteProtection) {
    throw new Refusal(403, 'ForbiddenRequest', 'Project delete protection is enabled');
  }
  const answer = { workspace: shown(call, project) };
  const gone = new Set(environmentsOf(state, project.id).map(({ id }) => id));
  forget(state.folders, ({ envId }) => gone.has(envId));
  forget(state.secrets, ({ envId }) => gone.has(envId));
  const its = ({ projectId }: { readonly projectId: string }) => projectId === project.id;
  forget(state.environments, its);
  forget(state.memberships, its);
  forget(state.privileges, its);
  forget(state.syncs, its);
  forget(state.projects, ({ id }) => id === project.id);
  return answer;
}

export function forget<T>(record: Record<string, T>, which: (item: T) => boolean): void {
  for (const [id, item] of Object.entries(record)) {
    // eslint-disable-next-line @typescript-eslint/no-dynamic-delete -- an id, in a plain JSON record
    if (which(item)) delete record[id];
  }
}

const environmentBody = z.object({
  name: z.string().min(1),
  slug: z.string().regex(/^[a-z0-9-]+$/),
  position: z.number().int().min(1).optional(),
});

function createEnvironment(call: Call) {
  const { state } = call;
  const project = projectById(state, parameter(call, 'projectId'));
  const { name, slug, position } = bodyOf(call, environmentBody);
  const others = environmentsOf(state, project.id);
  if (others.some((other) => other.slug === slug)) {
    throw badRequest('Environment with slug already exist');
  }
  const wanted = Math.min(position ?? others.length + 1, others.length + 1);
  for (const other of others) if (other.position >= wanted) other.position += 1;
  const id = newId();
  state.environments[id] = { id, projectId: project.id, slug, name, position: wanted };
  return { message: 'Successfully created new environment', environment: state.environments[id] };
}

function updateEnvironment(call: Call) {
  const { state } = call;
  const projectId = parameter(call, 'projectId');
  const environment = environmentById(state, parameter(call, 'id'));
  const { position, ...names } = bodyOf(call, environmentBody.partial());
  Object.assign(environment, names);
  if (position !== undefined && position !== environment.position) {
    for (const other of environmentsOf(state, projectId)) {
      const between =
        position < environment.position
          ? other.position >= position && other.position < environment.position
          : other.position <= position && other.position > environment.position;
      if (between) other.position += position < environment.position ? 1 : -1;
    }
    environment.position = position;
  }
  return { message: 'Successfully updated environment', environment };
}

function environmentById(state: State, id: string): Environment {
  const found = state.environments[id];
  if (found === undefined) throw notFound(`Environment with ID '${id}' not found`);
  return found;
}

export const projectRoutes: readonly Route[] = [
  { method: 'POST', path: 'v2/workspace', who: 'administrator', answer: create },
  {
    method: 'GET',
    path: 'v2/workspace/:slug',
    who: 'administrator',
    answer: (call) => shown(call, projectBySlug(call.state, parameter(call, 'slug'))),
  },
  {
    method: 'GET',
    path: 'v1/workspace/environments/:id',
    who: 'administrator',
    answer: (call) => ({ environment: environmentById(call.state, parameter(call, 'id')) }),
  },
  {
    method: 'GET',
    path: 'v1/workspace/:projectId',
    who: 'administrator',
    answer: (call) => ({
      workspace: shown(call, projectById(call.state, parameter(call, 'projectId'))),
    }),
  },
  { method: 'PATCH', path: 'v1/projects/:projectId', who: 'administrator', answer: update },
  { method: 'DELETE', path: 'v2/workspace/:slug', who: 'administrator', answer: remove },
  {
    method: 'POST',
    path: 'v1/workspace/:projectId/environments',
    who: 'administrator',
    answer: createEnvironment,
  },
  {
    method: 'PATCH',
    path: 'v1/workspace/:projectId/environments/:id',
    who: 'administrator',
    answer: updateEnvironment,
  },
  {
    method: 'DELETE',
    path: 'v1/workspace/:projectId/environments/:id',
    who: 'administrator',
    answer(call) {
      const { state } = call;
      const environment = environmentById(state, parameter(call, 'id'));
      forget(state.environments, ({ id }) => id === environment.id);
      forget(state.folders, ({ envId }) => envId === environment.id);
      forget(state.secrets, ({ envId }) => envId === environment.id);
      for (const other of environmentsOf(state, environment.projectId)) {
        if (other.position > environment.position) other.position -= 1;
      }
      return { message: 'Successfully deleted environment', environment };
    },
  },
];
