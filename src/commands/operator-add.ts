import { open, rm } from 'node:fs/promises';
import { defineCommand } from 'citty';
import { z } from 'zod';
import { call } from '../client/openbao.ts';
import { mounts } from '../model/names.ts';
import { result } from '../output/terminal.ts';
import { UserError } from '../user-error.ts';
import { openBackbone } from './open-backbone.ts';
import { fileArg, refuseUnknown } from './shared-args.ts';

const args = {
  ...fileArg,
  name: { type: 'positional', required: true, description: 'name to log in with' },
  out: {
    type: 'string',
    required: true,
    valueHint: 'file',
    description: 'new file that takes the password, 0600',
  },
} as const;

const generated = z.object({ password: z.string().min(24) });

/** Life of an operator's token. */
const hour = '1h';

export const operatorAdd = defineCommand({
  meta: {
    name: 'backbone operator add',
    description:
      'Make an operator, as the first identity: the password comes from OpenBao by its policy and goes ' +
      'into a file, the source addresses are those of the declared operators. For one that exists, ' +
      'the password is replaced.\n\n' +
      'Example: backbone operator add alice --out alice.password',
  },
  args,
  async run({ args: given, rawArgs }): Promise<number> {
    refuseUnknown(rawArgs, args);
    if (!/^[a-z][a-z0-9-]{0,39}$/.test(given.name)) {
      throw new UserError('the name of an operator is lower-case letters, digits and hyphens');
    }
    const { backbone, connection } = await openBackbone(given.file);
    if (backbone.declaration.openbao.operatorAuth.kind !== 'userpass') {
      throw new UserError('operators log in by OIDC here: add the account to boundEmails');
    }
    const from = backbone.consumers
      .filter(({ kind }) => kind === 'operator')
      .flatMap((consumer) => consumer.from);
    const file = await newFile(given.out);
    try {
      const answer = await call(connection, {
        method: 'GET',
        path: 'sys/policies/password/operator/generate',
      });
      const { password } = generated.parse(answer?.data);
      // On disk first: a password that nobody has would lock an existing operator out.
      await file.writeFile(`${password}\n`);
      await call(connection, {
        method: 'POST',
        path: `auth/${mounts.operator}/users/${given.name}`,
        body: {
          password,
          token_policies: ['operator'],
          token_no_default_policy: true,
          token_ttl: hour,
          token_max_ttl: hour,
          token_bound_cidrs: from,
        },
      });
    } catch (error) {
      await rm(given.out, { force: true });
      throw error;
    } finally {
      await file.close();
    }
    result(`${given.name} may log in from ${from.join(', ')}; the password is in ${given.out}`);
    return 0;
  },
});

async function newFile(path: string) {
  try {
    return await open(path, 'wx', 0o600);
  } catch (error) {
    const exists = error instanceof Error && 'code' in error && error.code === 'EEXIST';
    throw new UserError(
      exists ? `${path} exists; name a new file` : `${path} cannot be written; name another file`,
    );
  }
}
