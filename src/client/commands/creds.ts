import { UsageError } from '../../usage-error.ts';
import { parsed, type ClientCommand } from '../command.ts';
import { connectionOf } from '../connection.ts';
import { loadContract } from '../contract-file.ts';
import { awsSession } from '../creds/aws-session.ts';
import { profileOf } from '../creds/profile.ts';
import { credentialProcessJson } from '../creds/session.ts';
import { findIdentity } from '../identity/find.ts';
import { writeResult } from '../write-result.ts';

export const creds: ClientCommand = {
  help: `
Give a session of AWS, as a credential_process does.

usage: backbone creds aws <profile> [options]

Prints {"Version":1,"AccessKeyId",...} for an AWS SDK, and nothing else on stdout. The session comes from a
cache of this user, or OpenBao mints one.

  --no-cache   neither read nor write the cache
  --offline    what is cached, or fail; asks no server
  --json       a failure on stdout as {"error": "..."}, too
  --from <socket>   from a running \`backbone exec\`, which writes it into its child's configuration

exit status: 0 given; 1 could not, or refused; 41 to 48 the verdict of a bootstrap that it took

example: backbone creds aws proxmox
`,
  async run(args, env) {
    const { values, words } = parsed(
      args,
      {
        'no-cache': { type: 'boolean', default: false },
        offline: { type: 'boolean', default: false },
        json: { type: 'boolean', default: false },
        from: { type: 'string' },
      },
      { min: 2, max: 2 },
    );
    const [kind, name = ''] = words;
    if (kind !== 'aws') throw new UsageError('creds gives sessions of aws, and no others');
    if (values['no-cache'] && values.offline) {
      throw new UsageError('--offline and --no-cache leave nowhere to take a session from');
    }
    if (values.from !== undefined) {
      const { fetchSession } = await import('../exec/session-socket.ts');
      writeResult(`${await fetchSession(values.from)}\n`);
      return 0;
    }
    const contract = loadContract(env);
    const { profile } = profileOf(contract, name);
    const session = await awsSession({
      profile,
      identity: findIdentity({ env, contract }),
      connection: connectionOf(contract, env),
      env,
      cache: values['no-cache'] ? 'none' : values.offline ? 'only' : 'use',
    });
    writeResult(`${credentialProcessJson(session)}\n`);
    return 0;
  },
};
