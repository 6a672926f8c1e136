import sodium from 'libsodium-wrappers';
import { z } from 'zod';
import { contextName, repositoryName } from './schema.ts';
import type { Verb } from './verb.ts';

const schema = z.strictObject({
  context: contextName,
  repository: repositoryName,
  /** GitHub documentation, "Naming your secrets". */
  name: z
    .string()
    .max(100)
    .regex(/^(?!GITHUB_)[A-Z_][A-Z0-9_]*$/, 'capitals, digits and "_", not from GITHUB_'),
  /** 48 KB at most. */
  value: z
    .string()
    .min(1)
    .refine((value) => Buffer.byteLength(value) <= 48 * 1024, 'at most 48 KB'),
});

/**
 * An Actions secret of a repository (GitHub REST API, "Create or update a repository secret"), sealed for it by
 * libsodium, as GitHub documents. The value stays in no log and in no file here.
 */
export const setSecret: Verb<z.infer<typeof schema>> = {
  name: 'set-secret',
  schema,
  repository: ({ repository }) => repository,
  permissions: { secrets: 'write' },
  limited: false,
  remembered: ({ context, repository, name }) => ({ context, repository, name }),
  run: async ({ github, token, context, asked }) => {
    const place = { owner: context.account, repo: asked.repository };
    const { data } = await github.ask(token, (request) =>
      request('GET /repos/{owner}/{repo}/actions/secrets/public-key', place),
    );
    await sodium.ready;
    const sealed = sodium.crypto_box_seal(asked.value, Buffer.from(data.key, 'base64'));
    const { status } = await github.ask(token, (request) =>
      request('PUT /repos/{owner}/{repo}/actions/secrets/{secret_name}', {
        ...{ ...place, secret_name: asked.name, key_id: data.key_id },
        encrypted_value: Buffer.from(sealed).toString('base64'),
      }),
    );
    return { name: asked.name, created: (status as number) === 201 };
  },
};
