import { defineCommand } from 'citty';
import { listClientSecrets, type ClientSecret } from '../infisical/client-secrets.ts';
import { result, resultJson, table } from '../output/terminal.ts';
import { chosenIdentity } from './infisical-identity.ts';
import { withInfisical } from './open-infisical.ts';
import { fileArg, jsonArg, refuseUnknown } from './shared-args.ts';

const args = {
  ...fileArg,
  ...jsonArg,
  identity: { type: 'positional', required: false, description: 'of this one alone' },
} as const;

export const infisicalList = defineCommand({
  meta: {
    name: 'backbone infisical list',
    description:
      'Client secrets that are not revoked, by id: logins, end, description. Exit status: 2 an identity ' +
      'has none.\n\nExample: backbone infisical list network-agent --json',
  },
  args,
  async run({ args: given, rawArgs }): Promise<number> {
    refuseUnknown(rawArgs, args);
    return withInfisical(given.file, async (asked) => {
      const names =
        given.identity === undefined
          ? asked.infisical.identities.map(({ name }) => name)
          : [given.identity];
      const listed: { readonly identity: string; readonly secrets: readonly ClientSecret[] }[] = [];
      for (const identity of names) {
        const { id } = await chosenIdentity(asked, identity);
        listed.push({ identity, secrets: await listClientSecrets(asked.connection, id) });
      }
      if (given.json === true) resultJson(listed);
      else {
        result(
          table([
            ['IDENTITY', 'ID', 'LOGINS', 'ENDS', 'DESCRIPTION'],
            ...listed.flatMap(({ identity, secrets }) =>
              secrets.length === 0
                ? [[identity, 'none', '', '', '']]
                : secrets.map((secret) => [
                    identity,
                    secret.id,
                    `${String(secret.uses)} of ${String(secret.usesLimit || 'any')}`,
                    endOf(secret),
                    secret.description,
                  ]),
            ),
          ]),
        );
      }
      return listed.every(({ secrets }) => secrets.length > 0) ? 0 : 2;
    });
  },
});

function endOf({ created, ttl }: ClientSecret): string {
  return ttl === 0 ? 'never' : new Date(Date.parse(created) + ttl * 1000).toISOString();
}
