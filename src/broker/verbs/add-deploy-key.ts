import { z } from 'zod';
import { contextName, repositoryName } from './schema.ts';
import type { Verb } from './verb.ts';

const schema = z.strictObject({
  context: contextName,
  repository: repositoryName,
  title: z.string().regex(/^[\w .@+-]{1,80}$/, 'at most 80 letters, digits, spaces and "_.@+-"'),
  key: z
    .string()
    .max(4096)
    .regex(
      /^(ssh-ed25519|ecdsa-sha2-nistp256|ssh-rsa) [A-Za-z0-9+/]+={0,2}( [\w.@-]+)?$/,
      'one OpenSSH public key',
    ),
  read_only: z.boolean().default(true),
});

/** A deploy key (GitHub REST API, "Create a deploy key"): without a word to the contrary, one that only reads. */
export const addDeployKey: Verb<z.infer<typeof schema>> = {
  name: 'add-deploy-key',
  schema,
  repository: ({ repository }) => repository,
  permissions: { administration: 'write' },
  limited: false,
  remembered: (asked) => asked,
  run: async ({ github, token, context, asked }) => {
    const { repository: repo, title, key, read_only } = asked;
    const { data } = await github.ask(token, (request) =>
      request('POST /repos/{owner}/{repo}/keys', {
        ...{ owner: context.account, repo, title, key, read_only },
      }),
    );
    return { id: data.id, read_only: data.read_only };
  },
};
