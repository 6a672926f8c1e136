import { defineCommand } from 'citty';
import { stringify } from 'yaml';
import { z } from 'zod';
import type { Backbone } from '../model/backbone.ts';
import { inventory as render, type RolesAnywhereOutputs } from '../model/inventory.ts';
import { result, resultJson } from '../output/terminal.ts';
import { init, outputs, type TerraformStack } from '../terraform/stack.ts';
import { UserError } from '../user-error.ts';
import { withStacks } from './open-stacks.ts';
import { fileArg, jsonArg, refuseUnknown } from './shared-args.ts';

const args = { ...fileArg, ...jsonArg } as const;

export const inventory = defineCommand({
  meta: {
    name: 'backbone inventory',
    description:
      'Print the Ansible inventory, from the declaration and what the stacks host and aws-trust have ' +
      'deployed; changes nothing.\n\n' +
      'Example: backbone inventory > ansible/inventory/backbone.yml',
  },
  args,
  async run({ args: given, rawArgs }) {
    refuseUnknown(rawArgs, args);
    const read = await withStacks(
      {
        names: () => ['host', 'aws-trust'],
        file: given.file,
        identity: 'terraform-plan',
        quiet: true,
      },
      async (stack, backbone) => ({ backbone, found: await readOutputs(stack, backbone) }),
    );
    const [host, trust] = read;
    if (host === undefined || trust === undefined) throw new Error('a stack was left out');
    const { hosts } = hostOutputs.parse(host.found);
    refuseDrift(host.backbone, hosts);
    const made = render(host.backbone, hosts, rolesAnywhere.optional().parse(trust.found));
    if (given.json === true) resultJson(made);
    else
      result(
        `${header}${stringify(made, { lineWidth: 0, aliasDuplicateObjects: false })}`.trimEnd(),
      );
  },
});

const header = `# Made by \`backbone inventory\`; make it anew after each deploy, do not edit. What the site itself decides
# (recipients, files on this machine) stands in group_vars/openbao_servers.yml beside it.
`;

const hostOutputs = z.object({
  hosts: z.array(z.object({ name: z.string(), address: z.string(), ssh_user: z.string() })),
});

const rolesAnywhere: z.ZodType<RolesAnywhereOutputs> = z.object({
  trustAnchorArn: z.string(),
  profileArn: z.string(),
  brokerRoleArn: z.string(),
});

async function readOutputs(stack: TerraformStack, { declaration }: Backbone): Promise<unknown> {
  if (stack.name === 'aws-trust' && declaration.aws.identity.kind !== 'roles-anywhere') {
    return undefined;
  }
  await init(stack);
  const found = await outputs(stack);
  const want = (name: string) => {
    if (!Object.hasOwn(found, name)) {
      throw new UserError(
        `the stack ${stack.name} has no output "${name}": deploy it first (backbone deploy ${stack.name})`,
      );
    }
    return found[name];
  };
  return stack.name === 'host'
    ? { hosts: want('openbao_hosts') }
    : {
        trustAnchorArn: want('trust_anchor_arn'),
        profileArn: want('profile_arn'),
        brokerRoleArn: want('broker_role_arn'),
      };
}

/** Ansible would configure one thing and Terraform have made another. */
function refuseDrift(
  { declaration }: Backbone,
  hosts: readonly { readonly name: string; readonly address: string }[],
): void {
  const deployed = hosts.map(({ name, address }) => `${name} ${address}`);
  const declared = declaration.openbao.nodes.map(({ name, address }) => `${name} ${address}`);
  if (deployed.join() !== declared.join()) {
    throw new UserError(
      `deployed are ${deployed.join(', ')}, declared are ${declared.join(', ')}: ` +
        'deploy first (backbone deploy host)',
    );
  }
}
