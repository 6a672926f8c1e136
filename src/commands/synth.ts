import { defineCommand } from 'citty';
import { fileArg, refuseUnknown } from './shared-args.ts';
import { synthesize } from './synthesize.ts';
import { result } from '../output/terminal.ts';

const args = { ...fileArg };

export const synth = defineCommand({
  meta: {
    name: 'backbone synth',
    description:
      'Write the Terraform JSON of every stack to cdktf.out; touches no server.\n\n' +
      'Example: backbone synth -f lab.yaml',
  },
  args,
  async run({ args: given, rawArgs }) {
    refuseUnknown(rawArgs, args);
    result(await synthesize(given.file));
  },
});
