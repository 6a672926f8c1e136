import { defineCommand } from 'citty';
import { declarationFile } from '../config/load.ts';
import { result, resultJson } from '../output/terminal.ts';
import { compareReach } from '../review/reach/compare.ts';
import { asText, exitCodeOf, inOrder } from '../review/render/text.ts';
import { fileArg, jsonArg, refuseUnknown } from './shared-args.ts';
import { synthesizeBoth } from './synthesize-base.ts';

const args = {
  ...fileArg,
  ...jsonArg,
  base: { type: 'string', required: true, valueHint: 'ref', description: 'commit to compare with' },
} as const;

export const review = defineCommand({
  meta: {
    name: 'backbone review',
    description:
      'Say what a change does to who may reach what; needs no server and no credential. ' +
      'Ends with 0 nothing, 2 changes without widening, 3 widening or unknown, 1 could not.\n\n' +
      'Example: backbone review --base origin/main',
  },
  args,
  async run({ args: given, rawArgs }) {
    refuseUnknown(rawArgs, args);
    const file = given.file ?? declarationFile(process.env);
    const { before, after } = await synthesizeBoth(given.base, file);
    const changes = compareReach(before, after);
    if (given.json === true) resultJson({ changes: inOrder(changes) });
    else result(asText(changes));
    return exitCodeOf(changes);
  },
});
