import { constants } from 'node:os';
import { defineCommand } from 'citty';
import { execa } from 'execa';
import { declarationFile, loadDeclaration } from '../config/load.ts';
import { resolveBackbone } from '../model/backbone.ts';
import { terraformEnvironment } from '../terraform/environment.ts';
import { leavingInterrupts } from '../terraform/interrupt.ts';
import { UsageError } from '../usage-error.ts';
import { fileArg, refuseUnknown } from './shared-args.ts';
import { asTerraform } from './terraform-identity.ts';

const args = {
  ...fileArg,
  identity: {
    type: 'positional',
    required: true,
    description: 'terraform-plan or terraform-apply',
  },
} as const;

export const as = defineCommand({
  meta: {
    name: 'backbone as',
    description:
      "Run a command with a token of one of Terraform's own identities, in that command's environment " +
      "alone; it is given up when the command ends. Exit status: the command's.\n\n" +
      "Example: backbone as terraform-apply -- npx cdktf deploy '*'",
  },
  args,
  async run({ args: given, rawArgs }): Promise<number> {
    const dashes = rawArgs.indexOf('--');
    const [command, ...rest] = dashes < 0 ? [] : rawArgs.slice(dashes + 1);
    refuseUnknown(rawArgs, args);
    const { identity } = given;
    if (identity !== 'terraform-plan' && identity !== 'terraform-apply') {
      throw new UsageError(`"${identity}" is neither terraform-plan nor terraform-apply`);
    }
    if (command === undefined) throw new UsageError('write the command to run after --');
    const { declaration } = await loadDeclaration(given.file ?? declarationFile(process.env));
    return asTerraform(identity, resolveBackbone(declaration), async (env) => {
      const { exitCode, signal } = await leavingInterrupts(() =>
        execa(command, rest, {
          env: { ...terraformEnvironment(env), TF_IN_AUTOMATION: '' },
          extendEnv: false,
          stdio: 'inherit',
          reject: false,
        }),
      );
      // As a shell tells of a command that was ended by a signal.
      return exitCode ?? 128 + (signal === undefined ? 0 : constants.signals[signal]);
    });
  },
});
