import { randomUUID } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { approlePaths } from '../../../src/model/names.ts';
import { addresses, type Deployed } from '../deployed.ts';
import type { Answer } from '../deployed/server.ts';

export type ConsumerName = 'unpoller' | 'grafana' | 'terraform-agent' | 'egress-proxy';

/** A wrapped SecretID as the issuer makes it, in the form of an envelope. */
export interface Envelope {
  readonly version: 1;
  readonly consumer: string;
  readonly role_id: string;
  readonly wrapping_token: string;
  readonly accessor: string;
  readonly expires: string;
}

/** @param seconds  life of the wrapping */
export async function issue(
  deployed: Deployed,
  consumer: ConsumerName,
  seconds = 300,
): Promise<Envelope> {
  const paths = approlePaths(consumer);
  const { data } = await deployed.admin('GET', paths.roleId);
  const { wrap_info } = await deployed.admin('POST', paths.secretId, undefined, {
    wrap: `${String(seconds)}s`,
  });
  const { token, wrapped_accessor, creation_time, ttl } = wrap_info as {
    token: string;
    wrapped_accessor: string;
    creation_time: string;
    ttl: number;
  };
  return {
    version: 1,
    consumer,
    role_id: (data as { role_id: string }).role_id,
    wrapping_token: token,
    accessor: wrapped_accessor,
    expires: new Date(Date.parse(creation_time) + ttl * 1000).toISOString(),
  };
}

/** The file that a launcher leaves. */
export async function fileOf(deployed: Deployed, content: unknown): Promise<string> {
  const file = join(deployed.directory, `delivery-${randomUUID()}`);
  await writeFile(file, typeof content === 'string' ? content : JSON.stringify(content), {
    mode: 0o600,
  });
  return file;
}

/** What a thief does who found the token: opens it, from wherever he is. */
export async function steal(deployed: Deployed, { wrapping_token }: Envelope): Promise<string> {
  const { data } = await deployed.admin('POST', 'sys/wrapping/unwrap', undefined, {
    token: wrapping_token,
    from: addresses.thief,
  });
  return (data as { secret_id: string }).secret_id;
}

/** A login with a SecretID, as from that address. */
export function tryLogin(
  deployed: Deployed,
  { role_id }: Envelope,
  secret_id: string,
  from: string,
): Promise<Answer> {
  return deployed.ask({
    method: 'POST',
    path: 'auth/approle/login',
    token: undefined,
    body: { role_id, secret_id },
    from,
  });
}

/** Whether the server still has that SecretID. */
export async function isAlive(
  deployed: Deployed,
  { consumer, accessor }: Envelope,
): Promise<boolean> {
  const { lookupAccessor } = approlePaths(consumer);
  const { status } = await deployed.ask({
    method: 'POST',
    path: lookupAccessor,
    body: { secret_id_accessor: accessor },
  });
  return status === 200;
}
