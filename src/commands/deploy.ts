import { defineCommand } from 'citty';
import { ask } from '../terminal/ask.ts';
import { result, resultJson, table } from '../output/terminal.ts';
import { applyPlanned, init, plan, type Changes } from '../terraform/stack.ts';
import { UserError } from '../user-error.ts';
import { withStacks } from './open-stacks.ts';
import { fileArg, jsonArg, refuseUnknown } from './shared-args.ts';
import { chosenStacks } from './stacks.ts';

const args = {
  ...fileArg,
  ...jsonArg,
  'auto-approve': { type: 'boolean', description: 'apply without asking' },
  stack: { type: 'positional', required: false, description: "stacks, or '*'; default: all" },
} as const;

interface Deployed {
  readonly stack: string;
  readonly outcome: 'no changes' | 'applied';
  readonly changes?: Changes;
}

export const deploy = defineCommand({
  meta: {
    name: 'backbone deploy',
    description:
      'Plan each stack, ask, and apply the plan that was shown. The first failure stops the rest.\n' +
      "The same without backbone: cdktf deploy '*'\n\n" +
      "Example: backbone deploy host aws-trust; backbone deploy '*' --auto-approve",
  },
  args,
  async run({ args: given, rawArgs }): Promise<number> {
    refuseUnknown(rawArgs, args, 'any');
    const approved = given['auto-approve'] === true;
    if (!approved && !process.stdin.isTTY) {
      throw new UserError(
        'nothing was applied: there is no terminal to ask on; add --auto-approve to apply unseen',
      );
    }
    const deployed = await withStacks(
      {
        names: chosenStacks(given._),
        file: given.file,
        identity: 'terraform-apply',
        quiet: given.json === true,
      },
      async (stack): Promise<Deployed> => {
        await init(stack);
        const changes = await plan(stack, ['-lock-timeout=60s']);
        if (changes === undefined) return { stack: stack.name, outcome: 'no changes' };
        if (!approved) {
          const answer = await ask(`apply this to ${stack.name}? (yes/no) `, 'nothing was applied');
          if (answer !== 'yes') throw new UserError(`${stack.name} was not applied: you said no`);
        }
        await applyPlanned(stack);
        return { stack: stack.name, outcome: 'applied', changes };
      },
    );
    if (given.json === true) resultJson(deployed);
    else result(table(deployed.map(({ stack, outcome }) => [stack, outcome])));
    return 0;
  },
});
