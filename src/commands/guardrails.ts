import { defineCommand } from 'citty';
import { readFindings, refusedStatus } from '../guardrails/output.ts';
import { refusing } from '../guardrails/judge.ts';
import { countsText, findingsText } from '../guardrails/text.ts';
import { result, resultJson } from '../output/terminal.ts';
import { UserError } from '../user-error.ts';
import { fileArg, jsonArg, refuseUnknown } from './shared-args.ts';
import { runProgram } from './synthesize.ts';

const args = { ...fileArg, ...jsonArg } as const;

export const guardrails = defineCommand({
  meta: {
    name: 'backbone guardrails',
    description:
      'List what the guardrails find in the synthesized stacks, acknowledged findings included. ' +
      'Ends with 0 no error that nobody has acknowledged, 2 some, 1 could not.\n\n' +
      'Example: backbone guardrails --json',
  },
  args,
  async run({ args: given, rawArgs }): Promise<number> {
    refuseUnknown(rawArgs, args);
    const { output, exitCode } = await runProgram(given.file, 'quiet');
    if (exitCode !== 0 && exitCode !== refusedStatus) {
      throw new UserError('nothing was synthesized, see above');
    }
    const findings = await readFindings(output);
    if (given.json === true) resultJson({ findings });
    else {
      result(
        [findingsText(findings), countsText(findings)].filter((one) => one !== '').join('\n\n'),
      );
    }
    return refusing(findings).length > 0 ? 2 : 0;
  },
});
