import { buildStandIn } from '../../../lab/infisical-provider/build.ts';
import { mirrorsFor } from '../provider-protocol/mirrors.ts';
import { Workspace } from '../provider-protocol/workspace.ts';
import type { RunningDouble } from '../infisical/running-double.ts';

const provider = { source: 'infisical/infisical', version: '0.19.24' } as const;

export const { standInMirror, realProvider, mirrorOf } = mirrorsFor(provider, buildStandIn);

/** A working directory of real Terraform with the infisical provider, logged in as the administrator. */
export function workspace(server: RunningDouble, mirror: string): Promise<Workspace> {
  return Workspace.open(
    mirror,
    {
      name: 'infisical',
      ...provider,
      block: `host = "${server.url}"\n  auth = { universal = {} }`,
    },
    server.env,
  );
}
