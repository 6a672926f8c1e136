import { defineCommand } from 'citty';
import { listClientSecrets, revokeClientSecret } from '../infisical/client-secrets.ts';
import { result } from '../output/terminal.ts';
import { UserError } from '../user-error.ts';
import { chosenIdentity } from './infisical-identity.ts';
import { withInfisical } from './open-infisical.ts';
import { fileArg, refuseUnknown } from './shared-args.ts';

const args = {
  ...fileArg,
  id: { type: 'positional', required: true, description: 'as `infisical list` shows it' },
} as const;

export const infisicalRevoke = defineCommand({
  meta: {
    name: 'backbone infisical revoke',
    description:
      'End a client secret at once; access tokens that it gave live on for their minutes.\n\n' +
      'Example: backbone infisical revoke 1d2f9a35-7c41-4a0e-8d55-0f6a2b9c4e21',
  },
  args,
  async run({ args: given, rawArgs }): Promise<number> {
    refuseUnknown(rawArgs, args);
    return withInfisical(given.file, async (asked) => {
      for (const { name } of asked.infisical.identities) {
        const { id } = await chosenIdentity(asked, name);
        const listed = await listClientSecrets(asked.connection, id);
        if (!listed.some((secret) => secret.id === given.id)) continue;
        await revokeClientSecret(asked.connection, id, given.id);
        result(`${given.id} of ${name} is revoked`);
        return 0;
      }
      throw new UserError(`no declared identity has a valid client secret ${given.id}`);
    });
  },
});
