import { readFileSync, statSync } from 'node:fs';
import { UsageError } from '../../usage-error.ts';
import { UserError } from '../../user-error.ts';
import { parsed, type ClientCommand } from '../command.ts';
import { connectionOf } from '../connection.ts';
import { loadContract } from '../contract-file.ts';
import { asConsumer, githubOf } from '../github/asker.ts';
import { askForToken, giveTokenUp } from '../github/broker.ts';
import { checkAtGithub, importKey } from '../github/import-key.ts';
import { readAppKey } from '../github/wrap-key.ts';
import { findIdentity } from '../identity/find.ts';
import { verbCommands } from './github-verbs.ts';

export const github: ClientCommand = {
  help: `
Tokens of GitHub from the broker, and the key of its App

usage: backbone github token <context> [--repository NAME]... [--permission NAME=LEVEL]... [--json]
       backbone github revoke
       backbone github create-repo <context> <name> [--key KEY]
       backbone github add-deploy-key <context> <repository> <file | -> [--title TITLE] [--write] [--key KEY]
       backbone github set-secret <context> <repository> <NAME> [--key KEY]
       backbone github import-key <file | -> [--offline]

token       prints a token for an hour, for the repositories and permissions of the context, or for less of them
revoke      gives up the token that stands on stdin
create-repo, add-deploy-key, set-secret
            the broker does it: a private repository; a public SSH key, which only reads without --write; an Actions
            secret, whose value stands on stdin. KEY is an Idempotency-Key: with the same one it is done once
import-key  an operator brings the private key of the App, as GitHub gave it: wrapped on this machine for OpenBao's
            transit engine, which never gives it out again. A key that is there already gets a next version; at
            GitHub both are valid until one is deleted there. GitHub is asked first whether the key is the App's;
            --offline does not ask. The file is not changed: delete it

exit status: 0 done; 1 refused or could not
example: GH_TOKEN=$(backbone github token homelab) gh issue list
         backbone github set-secret maker homelab DEPLOY_TOKEN < value
         backbone github import-key - < app.private-key.pem
`,
  run: async (args, env) => {
    const [what, ...rest] = args;
    switch (what) {
      case 'token':
        return token(rest, env);
      case 'revoke':
        return revoke(rest, env);
      case 'import-key':
        return bringKey(rest, env);
      case undefined:
      default: {
        const verb = Object.hasOwn(verbCommands, what ?? '') ? verbCommands[what ?? ''] : undefined;
        if (verb !== undefined) return verb(rest, env);
        const all = ['token', 'revoke', ...Object.keys(verbCommands), 'import-key'];
        throw new UsageError(`github takes one of ${all.join(', ')}`);
      }
    }
  },
};

async function token(args: readonly string[], env: NodeJS.ProcessEnv): Promise<number> {
  const { values, words } = parsed(
    args,
    {
      repository: { type: 'string', multiple: true },
      permission: { type: 'string', multiple: true },
      json: { type: 'boolean' },
    },
    { min: 1, max: 1 },
  );
  const [context = ''] = words;
  const contract = loadContract(env);
  const { repository, permission } = values;
  const given = await asConsumer(contract, env, (asker) =>
    askForToken(githubOf(contract), asker, {
      context,
      ...(repository === undefined ? {} : { repositories: repository }),
      ...(permission === undefined
        ? {}
        : { permissions: Object.fromEntries(permission.map(pair)) }),
    }),
  );
  process.stdout.write(`${values.json === true ? JSON.stringify(given) : given.token}\n`);
  return 0;
}

function pair(text: string): readonly [string, string] {
  const [, name, level] = /^([a-z_]+)=(read|write)$/.exec(text) ?? [];
  if (name === undefined || level === undefined) {
    throw new UsageError('--permission takes NAME=read or NAME=write');
  }
  return [name, level];
}

async function revoke(args: readonly string[], env: NodeJS.ProcessEnv): Promise<number> {
  parsed(args, {}, { min: 0, max: 0 });
  const given = readFileSync(0, 'utf8').trim();
  if (given === '') throw new UserError('no token on stdin');
  const contract = loadContract(env);
  await asConsumer(contract, env, (asker) => giveTokenUp(githubOf(contract), asker, given));
  return 0;
}

async function bringKey(args: readonly string[], env: NodeJS.ProcessEnv): Promise<number> {
  const { values, words } = parsed(args, { offline: { type: 'boolean' } }, { min: 1, max: 1 });
  const [file = ''] = words;
  const contract = loadContract(env);
  const { githubApp: app } = contract;
  if (app === undefined) {
    throw new UserError(
      "this contract knows no GitHub App: take an operator's, of a declaration with github",
    );
  }
  const brought = readAppKey(readPem(file));
  if (values.offline !== true) await checkAtGithub(app, brought);
  const opened = await findIdentity({ env, contract }).open(connectionOf(contract, env));
  try {
    const { version, outcome } = await importKey(opened.connection, app, brought);
    const said =
      outcome === 'there'
        ? `nothing to do: the key is version ${String(version)} already`
        : `imported as version ${String(version)}, which is signed with from now on`;
    process.stdout.write(`${said}\n`);
    if (file !== '-') process.stderr.write(`backbone: ${file} still holds the key: delete it\n`);
    return 0;
  } finally {
    await opened.close();
  }
}

function readPem(file: string): Buffer {
  try {
    if (file !== '-' && (statSync(file).mode & 0o077) !== 0) {
      process.stderr.write(`backbone: ${file} is open to others of this machine\n`);
    }
    return readFileSync(file === '-' ? 0 : file);
  } catch (error) {
    throw new UserError(
      `${file} cannot be read (${(error as NodeJS.ErrnoException).code ?? 'unknown'})`,
    );
  }
}
