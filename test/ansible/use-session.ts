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

export interface Mints {
  /** HTTP status of each. */
  readonly codes: readonly string[];
  readonly stdout: string;
  readonly stderr: string;
}

/** Answers of as many mints at once, sent from the declared address of the operator. */
export async function mintAtOnce(place: PathLab, count: number): Promise<Mints> {
  const ca = place.lab.paths.caCertificate;
  const { stdout, stderr } = await place.inside([
    ...['bash', '-c'],
    `curl --silent --parallel --parallel-immediate --parallel-max ${String(count)} --cacert '${ca}' \
      --header @<(echo "X-Vault-Token: $BAO_TOKEN") --request POST --json '{"ttl":"15m"}' \
      --write-out '%{http_code}\n' "$BAO_ADDR/v1/aws/sts/tf-dns?n=[1-${String(count)}]"`,
  ]);
  // What was asked for is a session: it is no leak that it was printed.
  place.lab.printed.splice(-2, 1);
  const codes: readonly string[] = stdout.match(/^\d{3}$|(?<=\})\d{3}$/gm) ?? [];
  return { codes, stdout, stderr };
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
