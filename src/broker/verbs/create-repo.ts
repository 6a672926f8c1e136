import { z } from 'zod';
import { contextName, repositoryName } from './schema.ts';
import type { Verb } from './verb.ts';

const schema = z.strictObject({
  context: contextName,
  name: repositoryName,
  description: z
    .string()
    .max(350)
    .regex(/^\P{C}*$/u, 'one line')
    .optional(),
});

/**
 * A private, empty repository in the organization of the context (GitHub REST API, "Create an organization
 * repository"). GitHub has no narrower token for it than one that administers the installation: it does not
 * leave the broker.
 */
export const createRepo: Verb<z.infer<typeof schema>> = {
  name: 'create-repo',
  schema,
  repository: () => undefined,
  permissions: { administration: 'write' },
  limited: true,
  remembered: (asked) => asked,
  run: async ({ github, token, context, asked: { name, description } }) => {
    const { data } = await github.ask(token, (request) =>
      request('POST /orgs/{org}/repos', {
        ...{ org: context.account, name, private: true },
        ...(description === undefined ? {} : { description }),
      }),
    );
    return { repository: data.full_name, private: data.private };
  },
};
