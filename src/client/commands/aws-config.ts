import { resolve } from 'node:path';
import { UsageError } from '../../usage-error.ts';
import { awsConfigFile, changeConfig } from '../aws-config/config-file.ts';
import { withBlocks, withoutBlocks, type Block } from '../aws-config/sections.ts';
import { parsed, type ClientCommand } from '../command.ts';
import { fromEnv } from '../connection.ts';
import { loadContract } from '../contract-file.ts';
import { profileOf } from '../creds/profile.ts';
import { ownProgram, processLine } from '../program.ts';
import { writeResult } from '../write-result.ts';

export const awsConfig: ClientCommand = {
  help: `
Write AWS profiles that get their sessions by \`backbone creds\` into the AWS configuration.

usage: backbone aws-config [<profile>...] [options]

Changes ~/.aws/config, or AWS_CONFIG_FILE: one section [profile <role>] for each profile, all of the contract where
none is named. Everything else there stays as it is. A section of that name that this program did not write is
refused, and then nothing is changed.

  --print    show the sections, change nothing
  --remove   take the sections out again

exit status: 0 done, or nothing to do; 1 could not, or refused

example: backbone aws-config proxmox && AWS_PROFILE=tf-proxmox aws sts get-caller-identity
`,
  run(args, env) {
    const { values, words } = parsed(
      args,
      {
        print: { type: 'boolean', default: false },
        remove: { type: 'boolean', default: false },
      },
      { min: 0, max: 100 },
    );
    if (values.print && values.remove) throw new UsageError('--print and --remove: which one?');
    const contract = loadContract(env);
    const names = words.length > 0 ? words : Object.keys(contract.profiles);
    const blocks = [...new Set(names)].map((name): Block => {
      const { profile } = profileOf(contract, name);
      return {
        profile: profile.role,
        credentialProcess: processLine([
          ...contractWords(env),
          ...ownProgram(),
          ...['creds', 'aws', profile.role],
        ]),
        region: profile.region,
      };
    });
    if (values.print) {
      writeResult(withBlocks('', blocks));
      return Promise.resolve(0);
    }
    const file = awsConfigFile(env);
    const roles = blocks.map(({ profile }) => profile);
    const changed = changeConfig(file, (text) =>
      values.remove ? withoutBlocks(text, roles) : withBlocks(text, blocks),
    );
    const done = values.remove ? 'removed from' : 'written to';
    const list = roles.join(', ');
    process.stderr.write(
      changed ? `${list}: ${done} ${file}\n` : `${file}: nothing to change for ${list}\n`,
    );
    return Promise.resolve(0);
  },
};

/** A contract that only this environment names has to be named to whoever starts the process. */
function contractWords(env: NodeJS.ProcessEnv): readonly string[] {
  const named = fromEnv(env, 'BACKBONE_CONTRACT');
  return named === undefined ? [] : ['/usr/bin/env', `BACKBONE_CONTRACT=${resolve(named)}`];
}
