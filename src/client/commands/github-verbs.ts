import { readFileSync } from 'node:fs';
import { UsageError } from '../../usage-error.ts';
import { UserError } from '../../user-error.ts';
import { parsed } from '../command.ts';
import { loadContract } from '../contract-file.ts';
import { asConsumer, githubOf } from '../github/asker.ts';
import { useVerb } from '../github/broker.ts';

/** What the broker does itself, with a token that never leaves it. */
export const verbCommands: Readonly<
  Record<string, (args: readonly string[], env: NodeJS.ProcessEnv) => Promise<number>>
> = {
  'create-repo': async (args, env) => {
    const { values, words } = parsed(args, { key: { type: 'string' } }, { min: 2, max: 2 });
    const [context = '', name = ''] = words;
    return use('create-repo', { context, name }, values.key, env);
  },

  'add-deploy-key': async (args, env) => {
    const { values, words } = parsed(
      args,
      { key: { type: 'string' }, title: { type: 'string' }, write: { type: 'boolean' } },
      { min: 3, max: 3 },
    );
    const [context = '', repository = '', file = ''] = words;
    const key = readInput(file).trim();
    if (key.includes('PRIVATE KEY'))
      throw new UsageError(`${file} holds a private key: name its .pub`);
    const title = values.title ?? /^\S+ \S+ (\S+)$/.exec(key)?.[1] ?? repository;
    const asked = { context, repository, title, key, read_only: values.write !== true };
    return use('add-deploy-key', asked, values.key, env);
  },

  'set-secret': async (args, env) => {
    const { values, words } = parsed(args, { key: { type: 'string' } }, { min: 3, max: 3 });
    const [context = '', repository = '', name = ''] = words;
    const value = readInput('-').replace(/\r?\n$/, '');
    if (value === '') throw new UserError('no value on stdin');
    return use('set-secret', { context, repository, name, value }, values.key, env);
  },
};

async function use(
  verb: string,
  asked: object,
  key: string | undefined,
  env: NodeJS.ProcessEnv,
): Promise<number> {
  const contract = loadContract(env);
  const done = await asConsumer(contract, env, (asker) =>
    useVerb(githubOf(contract), asker, verb, asked, key),
  );
  process.stdout.write(`${done}\n`);
  return 0;
}

function readInput(file: string): string {
  try {
    return readFileSync(file === '-' ? 0 : file, 'utf8');
  } catch (error) {
    throw new UserError(
      `${file} cannot be read (${(error as NodeJS.ErrnoException).code ?? 'unknown'})`,
    );
  }
}
