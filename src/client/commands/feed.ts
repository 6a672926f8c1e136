import { statSync } from 'node:fs';
import { UserError } from '../../user-error.ts';
import { UsageError } from '../../usage-error.ts';
import { bootstrapOptions, bootstrapOptionsHelp, hostOf } from '../bootstrap/options.ts';
import { parsed, type ClientCommand } from '../command.ts';
import { loadContract } from '../contract-file.ts';
import { keepFed } from '../feed/feed.ts';
import { isInMemory } from '../run/memory.ts';

export const feed: ClientCommand = {
  help: `
Keeps the secrets of the egress proxy in files that its Envoy watches

usage: backbone feed --directory <directory> [options]

Writes <upstream>.json (0640) for each upstream of the contract, and again when its value changes. A file without a
value makes Envoy refuse requests: at first, at the end, where OpenBao refuses this host, and where it was not seen for
the declared time (keepFor). Runs until SIGTERM.

  --directory <directory>  in memory, and readable for the user of Envoy
  --poll SECONDS           pause between two looks at the values (default 10)
  --allow-disk             lets secrets lie in files that are not in memory
${bootstrapOptionsHelp}

exit status: 0 after SIGTERM or SIGINT; that of the verdict which kept it from being let in (see backbone bootstrap
--help), or 1

example: backbone feed --directory /run/egress-proxy
`,
  async run(args, env) {
    const { values } = parsed(
      args,
      {
        ...bootstrapOptions,
        directory: { type: 'string' },
        poll: { type: 'string', default: '10' },
        'allow-disk': { type: 'boolean', default: false },
      },
      { min: 0, max: 0 },
    );
    const { directory, poll } = values;
    if (directory === undefined) throw new UsageError('--directory is missing');
    if (!/^[1-9]\d{0,4}$/.test(poll)) throw new UsageError('--poll takes seconds, from 1 on');
    if (statSync(directory, { throwIfNoEntry: false })?.isDirectory() !== true) {
      throw new UserError(`the directory ${directory} is not there`);
    }
    if (!values['allow-disk'] && !isInMemory(directory)) {
      throw new UserError(`${directory} is on a disk: name one below /run, or --allow-disk`);
    }
    const contract = loadContract(env);
    if (contract.feed === undefined) {
      throw new UserError('this contract is not that of the egress proxy: it names no upstream');
    }
    const stop = new AbortController();
    for (const signal of ['SIGTERM', 'SIGINT'] as const) {
      process.once(signal, () => {
        stop.abort();
      });
    }
    return keepFed({
      host: hostOf(values, contract, env),
      feed: contract.feed,
      directory,
      poll: Number(poll),
      stop: stop.signal,
    });
  },
};
