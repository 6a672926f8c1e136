import { join } from 'node:path';
import type { Contract, ProfileContract } from '../../contract/contract.ts';
import type { OwnConsumer } from '../certificate/consumer.ts';
import { writeWhole } from '../certificate/state.ts';
import { awsSession } from '../creds/aws-session.ts';
import { credentialProcessJson } from '../creds/session.ts';
import { serveSessions } from '../exec/session-socket.ts';
import type { IdentitySource } from '../identity/source.ts';
import type { Connection } from '../openbao.ts';
import { ownProgram, processLine } from '../program.ts';

/** What a child finds its AWS profiles by. */
export interface OfferedProfiles {
  /** AWS configuration; nothing secret stands in it. */
  readonly file: string;
  /** AWS names of the profiles; at least one. */
  readonly profiles: readonly { readonly name: string; readonly region: string }[];
  readonly end: () => void;
}

/**
 * Serves the granted AWS roles to a child, each by a socket, with whatever token there is when it asks: the
 * child gets sessions for as long as it runs, and sees no token.
 *
 * @param directory   private to this process
 * @param connection  with the token of the moment
 * @returns undefined where no role is granted
 */
export async function offerProfiles(
  contract: Contract,
  consumer: OwnConsumer,
  env: NodeJS.ProcessEnv,
  directory: string,
  connection: () => Connection,
): Promise<OfferedProfiles | undefined> {
  const granted = consumer.grants.profiles.flatMap((name) => contract.profiles[name] ?? []);
  if (granted.length === 0) return undefined;
  const identity: IdentitySource = {
    described: `the consumer ${consumer.name}`,
    // Not that of a token: sessions in the cache are this consumer's, whatever token fetched them.
    binding: `consumer ${consumer.name}`,
    open: () => Promise.resolve({ connection: connection(), close: () => Promise.resolve() }),
  };
  const ends: (() => void)[] = [];
  const sections: string[] = [];
  for (const [at, profile] of granted.entries()) {
    const socket = join(directory, `s${String(at)}`);
    ends.push(await serveSessions(socket, () => session(profile, identity, connection(), env)));
    const command = [...ownProgram(), 'creds', 'aws', profile.role, '--from', socket];
    sections.push(
      `[profile ${profile.role}]`,
      `credential_process = ${processLine(command)}`,
      `region = ${profile.region}`,
      '',
    );
  }
  const file = join(directory, 'config');
  writeWhole(file, sections.join('\n'));
  return {
    file,
    profiles: granted.map(({ role, region }) => ({ name: role, region })),
    end: () => {
      for (const end of ends) end();
    },
  };
}

function session(
  profile: ProfileContract,
  identity: IdentitySource,
  connection: Connection,
  env: NodeJS.ProcessEnv,
): Promise<string> {
  return awsSession({ profile, identity, connection, env, cache: 'use' }).then(
    credentialProcessJson,
  );
}
