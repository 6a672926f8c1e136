import { declarationFile, loadDeclaration } from '../config/load.ts';
import { resolveBackbone, type Backbone } from '../model/backbone.ts';
import { openbaoStacks, type StackName } from '../model/names.ts';
import { findTerraform } from '../terraform/binary.ts';
import { terraformEnvironment } from '../terraform/environment.ts';
import type { TerraformStack } from '../terraform/stack.ts';
import { UserError } from '../user-error.ts';
import { synthesize } from './synthesize.ts';
import { asTerraform, type StackIdentity } from './terraform-identity.ts';

const noToken = { BAO_TOKEN: undefined, VAULT_TOKEN: undefined } as const;

/** Only the stack `infisical` logs in there; a service token would be taken for a second login. */
const infisicalLogin = (name: StackName) => ({
  INFISICAL_TOKEN: undefined,
  INFISICAL_SERVICE_TOKEN: undefined,
  ...(name === 'infisical' ? {} : { INFISICAL_UNIVERSAL_AUTH_CLIENT_SECRET: undefined }),
});

/** Synthesizes, and hands the stacks to `work`, each with its identity in OpenBao or with none. */
export async function withStacks<T>(
  options: {
    /** Which of the declared ones, in the order of the work. */
    readonly names: (declared: readonly StackName[]) => readonly StackName[];
    readonly file: string | undefined;
    readonly identity: StackIdentity;
    readonly quiet: boolean;
    /** What stands for a stack that could not be worked on. @default - the first failure ends all */
    readonly failed?: (name: StackName, error: UserError) => T;
  },
  work: (stack: TerraformStack, backbone: Backbone) => Promise<T>,
): Promise<readonly T[]> {
  const { names, file, identity, quiet } = options;
  const { declaration } = await loadDeclaration(file ?? declarationFile(process.env));
  const backbone = resolveBackbone(declaration);
  const chosen = names(backbone.stacks);
  const terraform = await findTerraform();
  const output = await synthesize(file);
  const results: T[] = [];
  for (const name of chosen) {
    const open = (env: NodeJS.ProcessEnv) =>
      work(
        {
          name,
          terraform,
          output,
          quiet,
          env: terraformEnvironment({ ...env, ...infisicalLogin(name) }),
        },
        backbone,
      );
    try {
      results.push(
        openbaoStacks.has(name)
          ? await asTerraform(identity, backbone, open)
          : await open({ ...process.env, ...noToken }),
      );
    } catch (error) {
      if (!(error instanceof UserError)) throw error;
      const advised = advise(name, backbone, error);
      if (options.failed === undefined) throw advised;
      results.push(options.failed(name, advised));
    }
  }
  return results;
}

/** A self-hosted Infisical without a paid plan refuses the trusted IPs that `plan: pro` promises. */
function advise(name: StackName, { infisical }: Backbone, error: UserError): UserError {
  return name === 'infisical' && infisical?.plan === 'pro'
    ? new UserError(
        `${error.message}\nWhere it says "plan restriction", this Infisical has no paid plan: write ` +
          'infisical.plan: free, and let its firewall stand in (output infisical_firewall).',
      )
    : error;
}
