import { isMap, type Values } from '../../provider-protocol/value.ts';
import { inside, type Json } from '../api.ts';
import { flag, text, type Row } from '../row.ts';

const nested = (values: Values, name: string): Values => {
  const value = values[name] ?? null;
  return isMap(value) ? value : {};
};

function body(values: Values): Json {
  const options = nested(values, 'sync_options');
  const destination = nested(values, 'destination_config');
  const env = text(destination, 'repository_environment');
  return {
    name: text(values, 'name'),
    description: text(values, 'description'),
    projectId: text(values, 'project_id'),
    connectionId: text(values, 'connection_id'),
    environment: text(values, 'environment'),
    secretPath: text(values, 'secret_path'),
    isAutoSyncEnabled: flag(values, 'auto_sync_enabled'),
    syncOptions: {
      initialSyncBehavior: text(options, 'initial_sync_behavior'),
      disableSecretDeletion: flag(options, 'disable_secret_deletion'),
      keySchema: text(options, 'key_schema'),
    },
    destinationConfig: {
      scope: text(destination, 'scope'),
      owner: text(destination, 'repository_owner'),
      repo: text(destination, 'repository_name'),
      ...(env === '' ? {} : { env }),
    },
  };
}

const path = (values: Values) => `v1/secret-syncs/github/${text(values, 'id')}`;

export const githubSync: Row = {
  rules: {
    id: { keep: true },
    project_id: { forceNew: true },
    auto_sync_enabled: { default: true },
    sync_options: { inside: { disable_secret_deletion: { default: false } } },
  },
  validate(config) {
    const scope = text(nested(config, 'destination_config'), 'scope');
    return scope.startsWith('repository') ? undefined : 'the stand-in syncs to repositories alone';
  },
  async create(api, planned) {
    const answer = await api.call('POST', 'v1/secret-syncs/github', body(planned));
    return { id: inside(answer, 'secretSync')['id'] };
  },
  async read(api, state) {
    const answer = await api.find(path(state));
    if (answer === undefined) return undefined;
    const sync = inside(answer, 'secretSync');
    const options = inside(sync, 'syncOptions');
    const destination = inside(sync, 'destinationConfig');
    const description = sync['description'];
    return {
      connection_id: inside(sync, 'connection')['id'],
      name: sync['name'],
      project_id: sync['projectId'],
      environment: inside(sync, 'environment')['slug'],
      secret_path: inside(sync, 'folder')['path'],
      auto_sync_enabled: sync['isAutoSyncEnabled'],
      ...(state['description'] === null && description === '' ? {} : { description }),
      sync_options: {
        initial_sync_behavior: options['initialSyncBehavior'],
        disable_secret_deletion: options['disableSecretDeletion'],
        key_schema: options['keySchema'] === '' ? null : options['keySchema'],
      },
      destination_config: {
        scope: destination['scope'],
        repository_owner: destination['owner'],
        repository_name: destination['repo'],
        repository_environment: destination['env'] ?? null,
      },
    };
  },
  async update(api, planned) {
    await api.call('PATCH', path(planned), body(planned));
    return {};
  },
  async remove(api, state) {
    await api.call('DELETE', path(state));
  },
};
