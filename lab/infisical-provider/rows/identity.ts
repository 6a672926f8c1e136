import { goJson } from '../../provider-protocol/go-json.ts';
import { isList, isMap, type Value, type Values } from '../../provider-protocol/value.ts';
import { inside, type Json } from '../api.ts';
import { flag, text, type Row } from '../row.ts';

/** No method is null to the real provider, not an empty list. */
function methods(identity: Json): unknown {
  const found = identity['authMethods'];
  return Array.isArray(found) && found.length > 0 ? found : null;
}

const metadata = (values: Values) => {
  const list = values['metadata'] ?? null;
  return isList(list) ? list.filter(isMap) : [];
};

export const identity: Row = {
  rules: { id: { keep: true }, has_delete_protection: { keep: true }, org_id: { forceNew: true } },
  async create(api, planned) {
    const answer = await api.call('POST', 'v1/identities', {
      name: text(planned, 'name'),
      organizationId: text(planned, 'org_id'),
      role: text(planned, 'role'),
      hasDeleteProtection: flag(planned, 'has_delete_protection'),
      metadata: metadata(planned),
    });
    const made = inside(answer, 'identity');
    return {
      id: made['id'],
      has_delete_protection: made['hasDeleteProtection'],
      auth_modes: methods(made),
    };
  },
  async read(api, state) {
    const answer = await api.find(`v1/identities/${text(state, 'id')}`);
    if (answer === undefined) return undefined;
    const member = inside(answer, 'identity');
    const seen = inside(member, 'identity');
    return {
      name: seen['name'],
      has_delete_protection: seen['hasDeleteProtection'],
      auth_modes: methods(seen),
      role: member['role'],
      ...(state['metadata'] === null ? {} : { metadata: member['metadata'] }),
    };
  },
  async update(api, planned, prior) {
    const answer = await api.call('PATCH', `v1/identities/${text(prior, 'id')}`, {
      name: text(planned, 'name'),
      role: text(planned, 'role'),
      hasDeleteProtection: flag(planned, 'has_delete_protection'),
      metadata: metadata(planned),
    });
    const seen = inside(answer, 'identity');
    return { has_delete_protection: seen['hasDeleteProtection'], auth_modes: methods(seen) };
  },
  async remove(api, state) {
    await api.call('DELETE', `v1/identities/${text(state, 'id')}`);
  },
};

const membershipPath = (values: Values) =>
  `v2/workspace/${text(values, 'project_id')}/identity-memberships/${text(values, 'identity_id')}`;

function roles(values: Values) {
  const list = values['roles'] ?? null;
  return (isList(list) ? list.filter(isMap) : []).map((role) => {
    if (role['is_temporary'] === true) throw new Error('the stand-in knows no temporary roles');
    return { role: text(role, 'role_slug'), isTemporary: false };
  });
}

function membershipFound(answer: Json) {
  const membership = inside(answer, 'identityMembership');
  const seen = inside(membership, 'identity');
  const list = membership['roles'] as readonly Json[];
  return {
    membership_id: membership['id'],
    identity: {
      id: seen['id'],
      name: seen['name'],
      auth_methods: seen['authMethods'],
    },
    roles: list.map((role) => ({
      id: role['id'],
      role_slug: role['role'],
      custom_role_id: role['customRoleId'] ?? '',
      is_temporary: role['isTemporary'],
    })),
  };
}

export const projectIdentity: Row = {
  rules: {
    membership_id: { keep: true },
    adopt_existing: { default: false, keep: true },
    roles: { inside: { is_temporary: { default: false } } },
  },
  async create(api, planned) {
    await api.call('POST', membershipPath(planned), { roles: roles(planned) });
    return membershipFound(await api.call('GET', membershipPath(planned)));
  },
  async read(api, state) {
    const answer = await api.find(membershipPath(state));
    if (answer === undefined) return undefined;
    const found = membershipFound(answer);
    return { identity: found.identity, roles: found.roles };
  },
  async update(api, planned, prior) {
    if (text(planned, 'identity_id') !== text(prior, 'identity_id')) {
      throw new Error('the identity of a membership cannot be changed');
    }
    await api.call('PATCH', membershipPath(planned), { roles: roles(planned) });
    const found = membershipFound(await api.call('GET', membershipPath(planned)));
    return { identity: found.identity, roles: found.roles };
  },
  async remove(api, state) {
    await api.call('DELETE', membershipPath(state));
  },
};

function permissions(values: Values) {
  const list = values['permissions_v2'] ?? null;
  return (isList(list) ? list.filter(isMap) : []).map((rule) => ({
    subject: text(rule, 'subject'),
    action: rule['action'] as Value,
    inverted: flag(rule, 'inverted'),
    ...(typeof rule['conditions'] === 'string'
      ? { conditions: JSON.parse(rule['conditions']) as unknown }
      : {}),
  }));
}

const permanent = {
  temporary_mode: '',
  temporary_range: '',
  temporary_access_start_time: '',
  temporary_access_end_time: '',
};

const privilegePath = (values: Values) =>
  `v2/identity-project-additional-privilege/${text(values, 'id')}`;

export const privilege: Row = {
  rules: {
    slug: { keep: true },
    id: { keep: true },
    is_temporary: { default: false },
    temporary_mode: { keep: true },
    temporary_range: { keep: true },
    temporary_access_start_time: { keep: true },
    temporary_access_end_time: { keep: true },
    permissions_v2: { inside: { inverted: { default: false } } },
  },
  validate: ({ permission, is_temporary }) =>
    permission === null && is_temporary !== true
      ? undefined
      : 'the stand-in knows permissions_v2 alone, and nothing temporary',
  async create(api, planned) {
    const slug = text(planned, 'project_slug');
    const { id: projectId } = await api.call('GET', `v2/workspace/${slug}`);
    const own = text(planned, 'slug');
    const answer = await api.call('POST', 'v2/identity-project-additional-privilege', {
      projectId,
      identityId: text(planned, 'identity_id'),
      ...(own === '' ? {} : { slug: own }),
      permissions: permissions(planned),
      type: { isTemporary: false },
    });
    const made = inside(answer, 'privilege');
    return { id: made['id'], slug: made['slug'], ...permanent };
  },
  async read(api, state) {
    // One that is gone is an error to the real provider, too.
    const seen = inside(await api.call('GET', privilegePath(state)), 'privilege');
    const list = seen['permissions'] as readonly Json[];
    return {
      slug: seen['slug'],
      is_temporary: seen['isTemporary'],
      ...permanent,
      permissions_v2: list.map(({ subject, action, inverted, conditions }) => ({
        subject,
        action,
        inverted,
        conditions: conditions === undefined ? null : goJson(conditions),
      })),
    };
  },
  async update(api, planned, prior) {
    if (text(planned, 'project_slug') !== text(prior, 'project_slug')) {
      throw new Error('the project of a privilege cannot be changed');
    }
    const answer = await api.call('PATCH', privilegePath(planned), {
      slug: text(planned, 'slug'),
      permissions: permissions(planned),
      type: { isTemporary: false },
    });
    return { slug: inside(answer, 'privilege')['slug'], ...permanent };
  },
  async remove(api, state) {
    await api.call('DELETE', 'v1/additional-privilege/identity', {
      projectSlug: text(state, 'project_slug'),
      identityId: text(state, 'identity_id'),
      privilegeSlug: text(state, 'slug'),
    });
  },
};
