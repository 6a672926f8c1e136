import { defineCommand } from 'citty';
import { stackNames } from '../model/names.ts';
import { fileArg, jsonArg, refuseUnknown } from './shared-args.ts';
import { synthesize } from './synthesize.ts';
import { result, resultJson } from '../output/terminal.ts';

const args = { ...fileArg, ...jsonArg } as const;

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
    const output = await synthesize(given.file);
    if (given.json === true) resultJson({ output, stacks: stackNames });
    else result(output);
  },
});
