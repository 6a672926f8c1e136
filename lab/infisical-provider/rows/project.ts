import { inside, type Json } from '../api.ts';
import { flag, number, text, type Row } from '../row.ts';

/** Go's time.RFC850, e.g. `Tuesday, 24-Nov-26 11:00:00 UTC`. */
export function rfc850(iso: unknown): string {
  const time = new Date(String(iso));
  const part = (options: Intl.DateTimeFormatOptions) =>
    new Intl.DateTimeFormat('en-GB', { timeZone: 'UTC', ...options }).format(time);
  const date = `${part({ day: '2-digit' })}-${part({ month: 'short' }).slice(0, 3)}-${part({ year: '2-digit' })}`;
  return `${part({ weekday: 'long' })}, ${date} ${time.toISOString().slice(11, 19)} UTC`;
}

function common(project: Json) {
  return {
    last_updated: rfc850(project['updatedAt']),
    has_delete_protection: project['hasDeleteProtection'],
    // Go's zero values, where the server has null.
    audit_log_retention_days: project['auditLogsRetentionDays'] ?? 0,
  };
}

const fixed = ['template_name', 'should_create_default_envs', 'type', 'kms_secret_manager_key_id'];

export const project: Row = {
  rules: {
    id: { keep: true },
    type: { keep: true },
    kms_secret_manager_key_id: { keep: true },
  },
  async create(api, planned) {
    const answer = await api.call('POST', 'v2/workspace', {
      projectName: text(planned, 'name'),
      projectDescription: text(planned, 'description'),
      slug: text(planned, 'slug'),
      type: text(planned, 'type') || 'secret-manager',
      shouldCreateDefaultEnvs: planned['should_create_default_envs'] !== false,
      hasDeleteProtection: flag(planned, 'has_delete_protection'),
    });
    const made = inside(answer, 'project');
    const id = String(made['id']);
    const seen = inside(await api.call('GET', `v1/workspace/${id}`), 'workspace');
    return {
      ...common(seen),
      last_updated: rfc850(made['updatedAt']),
      id,
      type: text(planned, 'type') || 'secret-manager',
      kms_secret_manager_key_id: seen['kmsSecretManagerKeyId'] ?? '',
    };
  },
  async read(api, state) {
    const answer = await api.find(`v1/workspace/${text(state, 'id')}`);
    if (answer === undefined) return undefined;
    const seen = inside(answer, 'workspace');
    const { id, name, type, slug, description } = seen;
    return {
      ...common(seen),
      ...{ id, name, type, slug },
      description: description === '' ? null : description,
      kms_secret_manager_key_id: seen['kmsSecretManagerKeyId'] ?? '',
    };
  },
  async update(api, planned, prior) {
    const changed = fixed.find((name) => planned[name] !== prior[name]);
    if (changed !== undefined) throw new Error(`${changed} of a project cannot be changed`);
    const id = text(planned, 'id');
    await api.call('PATCH', `v1/projects/${id}`, {
      name: text(planned, 'name'),
      slug: text(planned, 'slug'),
      description: text(planned, 'description'),
      hasDeleteProtection: flag(planned, 'has_delete_protection'),
    });
    const seen = inside(await api.call('GET', `v1/workspace/${id}`), 'workspace');
    const { name, slug, description } = seen;
    return { ...common(seen), name, slug, description: description === '' ? null : description };
  },
  async remove(api, state) {
    await api.call('DELETE', `v2/workspace/${text(state, 'slug')}`);
  },
};

export const environment: Row = {
  rules: { id: { keep: true }, project_id: { forceNew: true } },
  async create(api, planned) {
    const position = number(planned, 'position');
    const answer = await api.call(
      'POST',
      `v1/workspace/${text(planned, 'project_id')}/environments`,
      {
        name: text(planned, 'name'),
        slug: text(planned, 'slug'),
        ...(position === 0 ? {} : { position }),
      },
    );
    const made = inside(answer, 'environment');
    return { id: made['id'], position: made['position'] };
  },
  async read(api, state) {
    const answer = await api.find(`v1/workspace/environments/${text(state, 'id')}`);
    if (answer === undefined) return undefined;
    const { name, slug, position } = inside(answer, 'environment');
    return { name, slug, position };
  },
  async update(api, planned) {
    const path = `v1/workspace/${text(planned, 'project_id')}/environments/${text(planned, 'id')}`;
    const answer = await api.call('PATCH', path, {
      name: text(planned, 'name'),
      slug: text(planned, 'slug'),
      position: number(planned, 'position'),
    });
    const { name, slug } = inside(answer, 'environment');
    return { name, slug };
  },
  async remove(api, state) {
    await api.call(
      'DELETE',
      `v1/workspace/${text(state, 'project_id')}/environments/${text(state, 'id')}`,
    );
  },
};

const folderBody = (values: Parameters<typeof text>[0]) => ({
  name: text(values, 'name'),
  environment: text(values, 'environment_slug'),
  workspaceId: text(values, 'project_id'),
  path: text(values, 'folder_path'),
  description: text(values, 'description'),
});

const folderFound = (answer: Json) => {
  const { envId, path, description } = inside(answer, 'folder');
  return { environment_id: envId, path, description };
};

export const folder: Row = {
  rules: {
    id: { keep: true },
    folder_path: { forceNew: true },
    environment_slug: { forceNew: true },
    project_id: { forceNew: true },
    force_delete: { default: false },
    description: { default: '' },
  },
  async create(api, planned) {
    const answer = await api.call('POST', 'v1/folders', folderBody(planned));
    return { ...folderFound(answer), id: inside(answer, 'folder')['id'] };
  },
  async read(api, state) {
    const answer = await api.find(`v1/folders/${text(state, 'id')}`);
    return answer === undefined ? undefined : folderFound(answer);
  },
  async update(api, planned) {
    const path = `v1/folders/${text(planned, 'id')}`;
    return folderFound(await api.call('PATCH', path, folderBody(planned)));
  },
  async remove(api, state) {
    await api.call('DELETE', `v2/folders/${text(state, 'id')}`, {
      environment: text(state, 'environment_slug'),
      projectId: text(state, 'project_id'),
      path: text(state, 'folder_path'),
      forceDelete: flag(state, 'force_delete'),
    });
  },
};
