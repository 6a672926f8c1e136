import { defineCommand } from 'citty';
import { ask } from '../terminal/ask.ts';
import { result, resultJson, say, table } from '../output/terminal.ts';
import { applyPlanned, doomed, init, plan, type TerraformStack } from '../terraform/stack.ts';
import { UserError } from '../user-error.ts';
import { withStacks } from './open-stacks.ts';
import { fileArg, jsonArg, refuseUnknown } from './shared-args.ts';
import { chosenStacks } from './stacks.ts';

const args = {
  ...fileArg,
  ...jsonArg,
  'auto-approve': { type: 'boolean', description: 'destroy without asking' },
  stack: { type: 'positional', required: true, description: "stacks, or '*'" },
} as const;

interface Destroyed {
  readonly stack: string;
  readonly outcome: 'destroyed' | 'nothing was there';
}

/** What goes beyond recall with a resource of that type; the others can be deployed again. */
const losses: Readonly<Record<string, string>> = {
  vault_mount: 'all that is in it, every version of every secret',
  vault_pki_secret_backend_root_cert:
    'the key of the CA; certificates of consumers are void with it',
  vault_ssh_secret_backend_ca:
    'the key of the SSH authority; hosts that trust it are to be told another',
  vault_approle_auth_backend_role: 'its SecretIDs; consumers must be bootstrapped again',
  vault_aws_secret_backend: 'all sessions it leased lose their renewal (they expire by themselves)',
  infisical_project: 'every version of every secret in it',
  infisical_secret_folder: 'the folder (Infisical refuses while secrets are in it)',
  infisical_identity_universal_auth: 'its client secrets; they must be issued again',
  aws_s3_bucket: 'the Terraform states in it (AWS refuses while it is not empty)',
  aws_dynamodb_table: 'the Terraform locks in it',
  proxmox_virtual_environment_container: 'the container and the raft storage on its disk',
};

export const destroy = defineCommand({
  meta: {
    name: 'backbone destroy',
    description:
      'Destroy stacks, last first, after naming what will be lost. Containers, secrets and the CA of ' +
      'consumers are protected: deploy `openbao.protection: false` first.\n\n' +
      'Example: backbone destroy openbao',
  },
  args,
  async run({ args: given, rawArgs }): Promise<number> {
    refuseUnknown(rawArgs, args, 'any');
    const approved = given['auto-approve'] === true;
    const chosen = chosenStacks(given._);
    const destroyed = await withStacks(
      {
        names: (declared) => chosen(declared).toReversed(),
        file: given.file,
        identity: 'bootstrap',
        quiet: true,
      },
      async (stack): Promise<Destroyed> => {
        await init(stack);
        if ((await plan(stack, ['-destroy', '-lock-timeout=60s'])) === undefined) {
          return { stack: stack.name, outcome: 'nothing was there' };
        }
        await nameLosses(stack);
        if (!approved) {
          const answer = await ask(`type ${stack.name} to destroy it: `, 'nothing was destroyed');
          if (answer !== stack.name) throw new UserError(`${stack.name} was not destroyed`);
        }
        await applyPlanned(stack);
        return { stack: stack.name, outcome: 'destroyed' };
      },
    );
    if (given.json === true) resultJson(destroyed);
    else result(table(destroyed.map(({ stack, outcome }) => [stack, outcome])));
    return 0;
  },
});

async function nameLosses(stack: TerraformStack): Promise<void> {
  const resources = await doomed(stack);
  say(
    `${stack.name}: ${String(resources.length)} resources will be destroyed; lost beyond recall:`,
  );
  const lost = resources.flatMap(({ address, type }) => {
    const loss = losses[type];
    return loss === undefined ? [] : [`  ${address}: ${loss}`];
  });
  say(lost.length === 0 ? '  nothing' : lost.join('\n'));
}
