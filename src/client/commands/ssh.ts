import { rmSync } from 'node:fs';
import { UserError } from '../../user-error.ts';
import { UsageError } from '../../usage-error.ts';
import { parsed, splitCommand, type ClientCommand } from '../command.ts';
import { startChild } from '../child/start.ts';
import { connectionOf } from '../connection.ts';
import { loadContract } from '../contract-file.ts';
import type { SshContract } from '../../contract/engines.ts';
import { choose } from '../engines/choose.ts';
import { startAgent } from '../engines/ssh-agent.ts';
import { certifiedKey } from '../engines/ssh-certificate.ts';
import { keepDoing } from '../engines/keep-doing.ts';
import { childEnvironment } from '../exec/child-environment.ts';
import { findIdentity } from '../identity/find.ts';
import type { Place } from '../identity/source.ts';
import { privateDirectory } from '../run/memory.ts';
import { exchange } from '../transport.ts';
import { writeResult } from '../write-result.ts';

export const ssh: ClientCommand = {
  help: `
Log in by SSH with a key that lives for minutes and that OpenBao has signed.

usage: backbone ssh [options] <target> [-- <command> [arguments]]
       backbone ssh --agent [options] -- <command> [arguments]
       backbone ssh --authority

With a target, the real ssh runs with a new key and its certificate, in memory; both are removed afterwards.
With --agent, the command runs with an ssh-agent that holds such a key, and gets the next one before the
certificate ends: for Ansible, Git and rsync. --authority prints the public key that hosts have to trust.

  --role <role>      which certificate; default: the only one that is granted
  --consumer <name>  whose, for operators who have several machines
  --option <option>  one of ssh (ssh -o), may be repeated, e.g. --option Port=2222
  --config <file>    configuration of ssh (ssh -F)
  --allow-disk       lets the key lie in a directory that is not in memory

exit status: that of ssh or of the command; 126 it cannot be run, 127 there is none; 1 no certificate: nothing
was started

example: backbone ssh deploy@web-1 -- systemctl status nginx
         backbone ssh --agent --role ansible -- ansible-playbook -i inventory.json site.yml
`,
  async run(args, env) {
    const { own, command } = splitCommand(args);
    const { values, words } = parsed(
      own,
      {
        agent: { type: 'boolean', default: false },
        authority: { type: 'boolean', default: false },
        role: { type: 'string' },
        consumer: { type: 'string' },
        option: { type: 'string', multiple: true, default: [] },
        config: { type: 'string' },
        'allow-disk': { type: 'boolean', default: false },
      },
      { min: 0, max: 1 },
    );
    const contract = loadContract(env);
    const place = { env, contract };
    if (values.authority) return authority(place);
    const [target] = words;
    if (values.agent ? target !== undefined : target === undefined) {
      throw new UsageError(values.agent ? '--agent takes no target' : 'a target is missing');
    }
    if (values.agent && command.length === 0) throw new UsageError('a command is missing after --');
    if (target?.startsWith('-') === true) throw new UsageError('a target does not begin with "-"');
    const { consumer } = values;
    const granted = (contract.engines?.ssh ?? []).filter(
      (one) => consumer === undefined || one.consumer === consumer,
    );
    const role = choose(granted, 'SSH certificates', (one) => one.role, values.role);
    const directory = privateDirectory(env, values['allow-disk']);
    try {
      if (target === undefined) return await withAgent(place, role, directory, command);
      const options = [
        ...(values.config === undefined ? [] : ['-F', values.config]),
        ...values.option.flatMap((option) => ['-o', option]),
      ];
      return await logIn(place, role, directory, [...options, target, ...command]);
    } finally {
      rmSync(directory, { recursive: true, force: true });
    }
  },
};

async function sign({ env, contract }: Place, role: SshContract, directory: string, name: string) {
  const open = await findIdentity({ env, contract }).open(connectionOf(contract, env));
  try {
    return await certifiedKey(open.connection, role, directory, name);
  } finally {
    await open.close();
  }
}

async function logIn(
  place: Place,
  role: SshContract,
  directory: string,
  words: readonly string[],
): Promise<number> {
  const { key, certificate } = await sign(place, role, directory, 'key');
  const only = ['-o', 'IdentitiesOnly=yes', '-o', 'IdentityAgent=none'];
  const own = ['-i', key, '-o', `CertificateFile=${certificate}`, ...only];
  const child = await startChild(
    ['ssh', ...own, ...words],
    childEnvironment(place.env, undefined, {}),
  );
  return await child.ended;
}

async function withAgent(
  place: Place,
  role: SshContract,
  directory: string,
  command: readonly string[],
): Promise<number> {
  const agent = await startAgent(directory);
  let made = 0;
  const next = async () => {
    made += 1;
    await agent.add(await sign(place, role, directory, `key-${String(made)}`), role.ttl);
  };
  try {
    await next();
    // The next one before the end of this one, with time for a second try.
    const stop = keepDoing(next, role.ttl / 2, 'the next certificate');
    try {
      const variables = { SSH_AUTH_SOCK: agent.socket };
      const child = await startChild(command, childEnvironment(place.env, undefined, variables));
      return await child.ended;
    } finally {
      stop();
    }
  } finally {
    agent.end();
  }
}

/** It is no JSON, and no secret: whoever asks needs no token. */
async function authority({ env, contract }: Place): Promise<number> {
  const role = choose(
    (contract.engines?.ssh ?? []).slice(0, 1),
    'SSH certificates',
    (one) => one.authority,
  );
  const { address, ca, localAddress } = connectionOf(contract, env);
  const { status, text } = await exchange({
    url: `${address}/v1/${role.authority}`,
    method: 'GET',
    headers: {},
    body: undefined,
    ca,
    clientCertificate: undefined,
    localAddress,
    patience: 10_000,
  });
  if (status !== 200) throw new UserError(`${address} gives no SSH authority: ${String(status)}`);
  writeResult(`${text.trim()}\n`);
  return 0;
}
