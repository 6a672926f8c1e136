import type { Backbone } from '../../../src/model/backbone.ts';
import type { Engines } from '../../../src/model/engines.ts';
import { EnginesStack } from '../../../stacks/engines.ts';
import { Template, type Attributes } from '../../constructs/template.ts';
import type { Post } from './made.ts';

const notOfTheApi = ['//', 'backend', 'path', 'name', 'depends_on', 'lifecycle', 'provider'];

const fields = (resource: Attributes) =>
  Object.fromEntries(Object.entries(resource).filter(([key]) => !notOfTheApi.includes(key)));

/** The synthesized stack, written by the API: the attributes have the names that the API has. */
export async function makeEngines(post: Post, backbone: Backbone, engines: Engines): Promise<void> {
  const template = Template.ofStack((app) => new EnginesStack(app, backbone, engines));
  const all = (type: string) => Object.entries(template.all(type));
  for (const [path, mount] of all('vault_mount')) {
    const { type, default_lease_ttl_seconds, max_lease_ttl_seconds } = mount;
    await post(`sys/mounts/${path}`, {
      type,
      config: {
        default_lease_ttl: default_lease_ttl_seconds ?? 0,
        max_lease_ttl: max_lease_ttl_seconds ?? 0,
      },
    });
  }
  for (const [path, authority] of all('vault_ssh_secret_backend_ca')) {
    await post(`${path}/config/ca`, fields(authority));
  }
  for (const [path, root] of all('vault_pki_secret_backend_root_cert')) {
    await post(`${path}/root/generate/internal`, fields(root));
  }
  for (const [name, role] of all('vault_ssh_secret_backend_role')) {
    const keys = role['allowed_user_key_config'] as readonly { type: string; lengths: number[] }[];
    const allowed_user_key_lengths = Object.fromEntries(keys.map((key) => [key.type, key.lengths]));
    await post(`ssh/roles/${name}`, { ...fields(role), allowed_user_key_lengths });
  }
  for (const [name, role] of all('vault_database_secret_backend_role')) {
    await post(`database/roles/${name}`, fields(role));
  }
  for (const [name, role] of all('vault_pki_secret_backend_role')) {
    await post(`pki-services/roles/${name}`, fields(role));
  }
}
