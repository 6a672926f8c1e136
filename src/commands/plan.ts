import { join } from 'node:path';
import { defineCommand } from 'citty';
import { result, resultJson, say, table } from '../output/terminal.ts';
import { init, plan as terraformPlan, planAsJson, type Changes } from '../terraform/stack.ts';
import { withStacks } from './open-stacks.ts';
import { fileArg, jsonArg, refuseUnknown } from './shared-args.ts';
import { chosenStacks } from './stacks.ts';
import { writeWhole } from './write-whole.ts';

const args = {
  ...fileArg,
  ...jsonArg,
  out: {
    type: 'string',
    valueHint: 'directory',
    description: 'leave each plan there as <stack>.json, for `backbone review --plan`',
  },
  stack: { type: 'positional', required: false, description: 'stacks; default: all' },
} as const;

type Outcome =
  | { readonly stack: string; readonly outcome: 'no changes' }
  | ({ readonly stack: string; readonly outcome: 'changes' } & Changes)
  | { readonly stack: string; readonly outcome: 'could not'; readonly reason: string };

export const plan = defineCommand({
  meta: {
    name: 'backbone plan',
    description:
      'Show what a deploy would change. Exit status: 0 no changes, 2 changes, 1 could not.\n\n' +
      'Example: backbone plan openbao --json',
  },
  args,
  async run({ args: given, rawArgs }): Promise<number> {
    refuseUnknown(rawArgs, args, 'any');
    const outcomes = await withStacks(
      {
        names: chosenStacks(given._),
        file: given.file,
        identity: 'terraform-plan',
        quiet: given.json === true,
        failed: (stack, { message }): Outcome => {
          say(`backbone: ${message}`);
          return { stack, outcome: 'could not', reason: message };
        },
      },
      async (stack): Promise<Outcome> => {
        await init(stack);
        // Whoever may only read cannot write a lock; what is shown here is never applied.
        const changes = await terraformPlan(stack, ['-lock=false']);
        if (given.out !== undefined) {
          // Whoever may read it reads the whole state of the stack.
          await writeWhole(join(given.out, `${stack.name}.json`), await planAsJson(stack), 0o600);
        }
        return changes === undefined
          ? { stack: stack.name, outcome: 'no changes' }
          : { stack: stack.name, outcome: 'changes', ...changes };
      },
    );
    if (given.json === true) resultJson(outcomes);
    else result(table(outcomes.map((outcome) => [outcome.stack, describe(outcome)])));
    if (outcomes.some(({ outcome }) => outcome === 'could not')) return 1;
    return outcomes.some(({ outcome }) => outcome === 'changes') ? 2 : 0;
  },
});

function describe(outcome: Outcome): string {
  if (outcome.outcome !== 'changes') return outcome.outcome;
  const { add, change, remove } = outcome;
  return `${String(add)} to add, ${String(change)} to change, ${String(remove)} to destroy`;
}
