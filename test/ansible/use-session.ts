import { writeFile } from 'node:fs/promises';
import { inNetwork } from '../../lab/host/network.ts';
import { terraform } from '../../lab/parts/terraform.ts';
import { stateProject } from '../lab/state-project.ts';
import type { PathLab } from './path-lab.ts';

/** What OpenBao answers to a mint. */
export interface Minted {
  readonly access_key: string;
  readonly secret_key: string;
  readonly security_token: string;
}

/** What Terraform said with that session as its only one, for the profile's state and for one beside it. */
export async function useSession(
  place: PathLab,
  minted: Minted,
): Promise<{ readonly applied: string; readonly sibling: string }> {
  const program = place.path('terraform-in-network');
  const real = (await terraform(() => undefined)).path;
  const enter = inNetwork(place.hosts.network.namespace).join(' ');
  await writeFile(program, `#!/bin/sh\nexec ${enter} '${real}' "$@"\n`, { mode: 0o755 });
  const { ports } = await place.lab.record();
  const session = {
    PATH: process.env['PATH'] ?? '',
    AWS_ACCESS_KEY_ID: minted.access_key,
    AWS_SECRET_ACCESS_KEY: minted.secret_key,
    AWS_SESSION_TOKEN: minted.security_token,
    AWS_ENDPOINT_URL: `http://127.0.0.1:${String(ports.aws)}`,
    AWS_EC2_METADATA_DISABLED: 'true',
  };
  const key = 'dns/terraform.tfstate';
  const project = (name: string, at: string) =>
    stateProject({
      ...{ directory: place.path(name), program, key: at, mode: 'both', region: 'us-east-2' },
      ...{ bucket: 'tfstate-dns-111122223333', table: 'terraform-proxmox-locks-useast2' },
    });
  const mine = await project('mine', key);
  const initialised = await mine.run(session, 'init');
  const applied = await mine.run(session, 'apply', '-auto-approve');
  const other = await project('sibling', `${key}2`);
  const sibling = await other.run(session, 'init');
  return { applied: `${initialised.all}${applied.all}`, sibling: sibling.all };
}
