import { join } from 'node:path';
import { UsageError } from '../../usage-error.ts';
import { parsed, splitCommand, type ClientCommand } from '../command.ts';
import { connectionOf } from '../connection.ts';
import { loadContract } from '../contract-file.ts';
import { awsSession } from '../creds/aws-session.ts';
import { profileOf } from '../creds/profile.ts';
import { credentialProcessJson } from '../creds/session.ts';
import { childEnvironment, type AwsProfileFile } from '../exec/child-environment.ts';
import { profileDirectory, writeProfile } from '../exec/profile-directory.ts';
import { startChild } from '../child/start.ts';
import { secretOf, secretVariables } from '../exec/secret-variables.ts';
import { serveSessions } from '../exec/session-socket.ts';
import { findIdentity } from '../identity/find.ts';
import type { Place } from '../identity/source.ts';
import { ownProgram, processLine } from '../program.ts';

export const exec: ClientCommand = {
  help: `
Run a program with a session of AWS, and with secrets in its environment.

usage: backbone exec <profile> [--with <secret>]... -- <command> [arguments]
       backbone exec --with <secret> -- <command> [arguments]

The program finds the session by AWS_PROFILE and AWS_CONFIG_FILE, as a credential_process: it gets new ones for
as long as it runs. No key stands in its environment, and no token of OpenBao reaches it. Signals reach it.

  --with <secret>   its fields as environment variables, e.g. unifi/tofu as UNIFI_USERNAME, UNIFI_PASSWORD

exit status: the program's, 128 + n where signal n ended it; 126 it cannot be run, 127 there is none; 1 could
not get the session or a secret: nothing was started

example: backbone exec proxmox --with unifi/tofu -- terraform apply
`,
  async run(args, env) {
    const { own, command } = splitCommand(args);
    const { values, words } = parsed(
      own,
      { with: { type: 'string', multiple: true, default: [] } },
      { min: 0, max: 1 },
    );
    const [name] = words;
    if (command.length === 0) throw new UsageError('a command is missing after --');
    if (name === undefined && values.with.length === 0) {
      throw new UsageError('a profile is missing, or --with');
    }
    const contract = loadContract(env);
    for (const secret of values.with) secretOf(contract, secret);
    const place = { env, contract };
    const secrets = await secretsFor(place, values.with);
    const aws = name === undefined ? undefined : await offerProfile(place, name);
    try {
      const child = await startChild(command, childEnvironment(env, aws?.profile, secrets));
      return await child.ended;
    } finally {
      aws?.end();
    }
  },
};

/** Sessions of a profile for the child. The first is made before it starts: without one it need not. */
async function offerProfile(
  place: Place,
  name: string,
): Promise<{ readonly profile: AwsProfileFile; readonly end: () => void }> {
  const { env, contract } = place;
  const { profile } = profileOf(contract, name);
  const give = () =>
    awsSession({
      profile,
      identity: findIdentity(place),
      connection: connectionOf(contract, env),
      env,
      cache: 'use',
    }).then(credentialProcessJson);
  await give();
  const directory = profileDirectory(env);
  const socket = join(directory, 's');
  const end = await serveSessions(socket, give);
  const file = join(directory, 'config');
  const line = processLine([...ownProgram(), 'creds', 'aws', profile.role, '--from', socket]);
  writeProfile(file, profile.role, profile.region, line);
  return { profile: { file, profile: profile.role, region: profile.region }, end };
}

async function secretsFor(place: Place, names: readonly string[]) {
  if (names.length === 0) return {};
  const open = await findIdentity(place).open(connectionOf(place.contract, place.env));
  try {
    return await secretVariables(place.contract, names, open.connection);
  } finally {
    await open.close();
  }
}
