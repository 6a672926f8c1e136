import { z } from 'zod';
import { bodyOf, isoTime, parameter, queryOf, type Call, type Route } from '../call.ts';
import { badRequest, notFound, Refusal } from '../refusal.ts';
import { newId, type Identity, type State } from '../state.ts';
import { forget, projectById } from './projects.ts';

/** @throws Refusal  404 */
export function identityById(state: State, id: string): Identity {
  const found = state.identities[id];
  if (found === undefined) throw notFound(`Failed to find identity with ID ${id}`);
  return found;
}

function methodsOf(state: State, id: string): readonly string[] {
  return [
    ...(state.universalAuths[id] === undefined ? [] : ['universal-auth']),
    ...(state.oidcAuths[id] === undefined ? [] : ['oidc-auth']),
  ];
}

function shown({ state, now }: Call, { id, name, hasDeleteProtection }: Identity) {
  const at = isoTime(now);
  return {
    id,
    name,
    hasDeleteProtection,
    authMethods: methodsOf(state, id),
    createdAt: at,
    updatedAt: at,
  };
}

function member(call: Call, identity: Identity) {
  return {
    identity: shown(call, identity),
    role: identity.role,
    orgId: call.place.organizationId,
    metadata: identity.metadata,
  };
}

const fields = {
  name: z.string().min(1),
  role: z.enum(['admin', 'member', 'no-access']),
  hasDeleteProtection: z.boolean().default(false),
  metadata: z.array(z.object({ key: z.string(), value: z.string() })).default([]),
};

const role = z.object({ role: z.literal('no-access') });

/** Custom roles are a paid feature, so the double knows the one that the free pattern needs. */
const rolesBody = z.object({ roles: z.array(role).min(1) });

function membershipOf(call: Call) {
  const projectId = parameter(call, 'projectId');
  const identityId = parameter(call, 'identityId');
  const found = Object.values(call.state.memberships).find(
    (one) => one.projectId === projectId && one.identityId === identityId,
  );
  if (found === undefined) {
    throw notFound(`Identity with ID '${identityId}' is not a member of the project`);
  }
  return found;
}

function membershipShown(call: Call, id: string) {
  const found = call.state.memberships[id];
  if (found === undefined) throw notFound(`Membership with ID '${id}' not found`);
  const at = isoTime(call.now);
  const project = projectById(call.state, found.projectId);
  return {
    identityMembership: {
      id: found.id,
      identityId: found.identityId,
      roles: found.roles.map((one) => ({
        ...one,
        projectMembershipId: found.id,
        customRoleId: null,
        customRoleName: null,
        customRoleSlug: null,
        isTemporary: false,
        temporaryMode: null,
        temporaryRange: null,
        // Null, as an empty text is no time to the provider.
        temporaryAccessStartTime: null,
        temporaryAccessEndTime: null,
        createdAt: at,
        updatedAt: at,
      })),
      identity: shown(call, identityById(call.state, found.identityId)),
      project: { id: project.id, name: project.name },
    },
  };
}

const membershipPath = 'v2/workspace/:projectId/identity-memberships/:identityId';

export const identityRoutes: readonly Route[] = [
  {
    method: 'POST',
    path: 'v1/identities',
    who: 'administrator',
    answer(call) {
      const given = bodyOf(call, z.object({ ...fields, organizationId: z.string() }));
      if (given.organizationId !== call.place.organizationId) {
        throw new Refusal(403, 'ForbiddenRequest', 'You are not member of this organization');
      }
      const id = newId();
      const { name, role: given_role, hasDeleteProtection, metadata } = given;
      call.state.identities[id] = { id, name, role: given_role, hasDeleteProtection, metadata };
      return { identity: shown(call, identityById(call.state, id)) };
    },
  },
  {
    method: 'GET',
    path: 'v1/identities',
    who: 'administrator',
    answer(call) {
      const { orgId } = queryOf(call, z.object({ orgId: z.string() }));
      const all = orgId === call.place.organizationId ? Object.values(call.state.identities) : [];
      return {
        identities: all.map((identity) => ({ ...member(call, identity), identityId: identity.id })),
        totalCount: all.length,
      };
    },
  },
  {
    method: 'GET',
    path: 'v1/identities/:id',
    who: 'administrator',
    answer: (call) => ({
      identity: member(call, identityById(call.state, parameter(call, 'id'))),
    }),
  },
  {
    method: 'PATCH',
    path: 'v1/identities/:id',
    who: 'administrator',
    answer(call) {
      const identity = identityById(call.state, parameter(call, 'id'));
      Object.assign(identity, bodyOf(call, z.object(fields).partial()));
      return { identity: shown(call, identity) };
    },
  },
  {
    method: 'DELETE',
    path: 'v1/identities/:id',
    who: 'administrator',
    answer(call) {
      const { state } = call;
      const identity = identityById(state, parameter(call, 'id'));
      if (identity.hasDeleteProtection) {
        throw badRequest('Identity has delete protection');
      }
      const answer = { identity: shown(call, identity) };
      const its = ({ identityId }: { readonly identityId: string }) => identityId === identity.id;
      for (const record of [state.clientSecrets, state.accessTokens]) forget(record, its);
      forget(state.memberships, its);
      forget(state.privileges, its);
      forget(state.universalAuths, (auth) => auth === state.universalAuths[identity.id]);
      forget(state.oidcAuths, (auth) => auth === state.oidcAuths[identity.id]);
      forget(state.identities, ({ id }) => id === identity.id);
      return answer;
    },
  },
  {
    method: 'POST',
    path: membershipPath,
    who: 'administrator',
    answer(call) {
      const project = projectById(call.state, parameter(call, 'projectId'));
      const identity = identityById(call.state, parameter(call, 'identityId'));
      const there = Object.values(call.state.memberships).some(
        (one) => one.projectId === project.id && one.identityId === identity.id,
      );
      if (there) {
        throw badRequest(`Identity with ID ${identity.id} already exists in project`);
      }
      const id = newId();
      const roles = bodyOf(call, rolesBody).roles.map((one) => ({ id: newId(), role: one.role }));
      call.state.memberships[id] = { id, projectId: project.id, identityId: identity.id, roles };
      return membershipShown(call, id);
    },
  },
  {
    method: 'PATCH',
    path: membershipPath,
    who: 'administrator',
    answer(call) {
      const found = membershipOf(call);
      found.roles = bodyOf(call, rolesBody).roles.map((one) => ({ id: newId(), role: one.role }));
      return { roles: found.roles };
    },
  },
  {
    method: 'GET',
    path: membershipPath,
    who: 'administrator',
    answer: (call) => membershipShown(call, membershipOf(call).id),
  },
  {
    method: 'GET',
    path: 'v2/workspace/identity-memberships/:id',
    who: 'administrator',
    answer: (call) => membershipShown(call, parameter(call, 'id')),
  },
  {
    method: 'DELETE',
    path: membershipPath,
    who: 'administrator',
    answer(call) {
      const found = membershipOf(call);
      const answer = membershipShown(call, found.id);
      forget(call.state.memberships, ({ id }) => id === found.id);
      forget(
        call.state.privileges,
        ({ projectId, identityId }) =>
          projectId === found.projectId && identityId === found.identityId,
      );
      return answer;
    },
  },
];
