import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { defineCommand } from 'citty';
import { z } from 'zod';
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
    if (given.json === true) resultJson({ output, stacks: await synthesized(output) });
    else result(output);
  },
});

const manifest = z.object({ stacks: z.record(z.string(), z.unknown()) });

async function synthesized(output: string): Promise<readonly string[]> {
  const text = await readFile(join(output, 'manifest.json'), 'utf8');
  const { stacks } = manifest.parse(JSON.parse(text));
  return stackNames.filter((name) => name in stacks);
}
