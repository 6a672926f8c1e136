import { z } from 'zod';
import { bodyOf, isoTime, parameter, type Call, type Route } from '../call.ts';
import { badRequest, notFound } from '../refusal.ts';
import { newId, type State } from '../state.ts';
import { identityById } from './identities.ts';
import { forget, projectById, projectBySlug } from './projects.ts';

const permissions = z.array(
  z.object({
    subject: z.string(),
    action: z.array(z.string()).min(1),
    inverted: z.boolean().default(false),
    conditions: z.record(z.string(), z.unknown()).optional(),
  }),
);

/** Temporary privileges are not known here. */
const type = z.object({ isTemporary: z.literal(false) });

function shown({ state, now }: Call, id: string) {
  const found = state.privileges[id];
  if (found === undefined) throw notFound(`Identity privilege with ${id} not found`);
  const at = isoTime(now);
  return {
    privilege: {
      ...found,
      isTemporary: false,
      temporaryMode: null,
      temporaryRange: null,
      temporaryAccessStartTime: null,
      temporaryAccessEndTime: null,
      createdAt: at,
      updatedAt: at,
    },
  };
}

function assertFree(state: State, identityId: string, slug: string, except?: string): void {
  const taken = Object.values(state.privileges).some(
    (one) => one.identityId === identityId && one.slug === slug && one.id !== except,
  );
  if (taken) throw badRequest('Additional privilege with provided slug already exists');
}

function create(call: Call) {
  const { state } = call;
  const given = bodyOf(
    call,
    z.object({
      projectId: z.string(),
      identityId: z.string(),
      slug: z.string().optional(),
      permissions,
      type,
    }),
  );
  const project = projectById(state, given.projectId);
  const identity = identityById(state, given.identityId);
  const member = Object.values(state.memberships).some(
    (one) => one.projectId === project.id && one.identityId === identity.id,
  );
  if (!member) throw notFound(`Failed to find identity with ID ${identity.id} in the project`);
  const id = newId();
  const slug = given.slug ?? `privilege-${id.slice(0, 8)}`;
  assertFree(state, identity.id, slug);
  state.privileges[id] = {
    id,
    projectId: project.id,
    identityId: identity.id,
    slug,
    permissions: given.permissions,
  };
  return shown(call, id);
}

function update(call: Call) {
  const id = parameter(call, 'id');
  const found = call.state.privileges[id];
  if (found === undefined) throw notFound(`Identity privilege with ${id} not found`);
  const given = bodyOf(
    call,
    z.object({ slug: z.string().optional(), permissions: permissions.optional() }),
  );
  if (given.slug !== undefined) assertFree(call.state, found.identityId, given.slug, id);
  found.slug = given.slug ?? found.slug;
  found.permissions = given.permissions ?? found.permissions;
  return shown(call, id);
}

const who = 'administrator' as const;

export const privilegeRoutes: readonly Route[] = [
  { method: 'POST', path: 'v2/identity-project-additional-privilege', who, answer: create },
  {
    method: 'GET',
    path: 'v2/identity-project-additional-privilege/:id',
    who,
    answer: (call) => shown(call, parameter(call, 'id')),
  },
  { method: 'PATCH', path: 'v2/identity-project-additional-privilege/:id', who, answer: update },
  {
    // The provider deletes by the older API, whatever it was made by.
    method: 'DELETE',
    path: 'v1/additional-privilege/identity',
    who,
    answer(call) {
      const given = bodyOf(
        call,
        z.object({ projectSlug: z.string(), identityId: z.string(), privilegeSlug: z.string() }),
      );
      const project = projectBySlug(call.state, given.projectSlug);
      const found = Object.values(call.state.privileges).find(
        (one) =>
          one.projectId === project.id &&
          one.identityId === given.identityId &&
          one.slug === given.privilegeSlug,
      );
      if (found === undefined) throw notFound('Identity additional privilege not found');
      const answer = shown(call, found.id);
      forget(call.state.privileges, ({ id }) => id === found.id);
      return answer;
    },
  },
];
