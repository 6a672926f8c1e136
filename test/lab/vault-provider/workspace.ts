import { Workspace as ProviderWorkspace } from '../provider-protocol/workspace.ts';
import type { TestServer } from './server.ts';

export type Workspace = ProviderWorkspace;

/** A working directory of real Terraform with the vault provider, against that server. */
export const Workspace = {
  create(server: TestServer, mirror: string): Promise<Workspace> {
    return ProviderWorkspace.open(
      mirror,
      {
        name: 'vault',
        source: 'hashicorp/vault',
        version: '5.6.0',
        block: 'skip_child_token = true',
      },
      { VAULT_ADDR: server.address, VAULT_CACERT: server.caFile, VAULT_TOKEN: server.token },
    );
  },
};
