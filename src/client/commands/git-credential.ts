import { readFileSync } from 'node:fs';
import { UsageError } from '../../usage-error.ts';
import { parsed, type ClientCommand } from '../command.ts';
import { loadContract } from '../contract-file.ts';
import { asConsumer, githubOf } from '../github/asker.ts';
import { askForToken, giveTokenUp } from '../github/broker.ts';
import { answerFor, contextFor, readAttributes } from '../github/credential.ts';

export const gitCredential: ClientCommand = {
  help: `
Gives git a token for one repository, as its credential helper (gitcredentials(7))

usage: backbone git-credential get|store|erase

git has to say which repository it asks for:

  git config --global credential.https://github.com.helper '!backbone git-credential'
  git config --global credential.https://github.com.useHttpPath true

get    a token for that one repository, with the permissions of the first context that has it; for a host or a
       repository that is in no context: nothing, so that git asks its next helper
store  nothing: no token is kept on this machine
erase  gives the token up: git calls it when it was refused

exit status: 0 answered, or not for us; 1 the broker refused or could not be reached
example: git -c credential.helper='!backbone git-credential' -c credential.useHttpPath=true push
`,
  run: async (args, env) => {
    const { words } = parsed(args, {}, { min: 1, max: 1 });
    const [what] = words;
    if (what !== 'get' && what !== 'store' && what !== 'erase') {
      throw new UsageError('git-credential takes one of get, store, erase');
    }
    const asked = readAttributes(readFileSync(0, 'utf8'));
    if (what === 'store') return 0;
    const contract = loadContract(env);
    const own = githubOf(contract);
    const found = contextFor(own, asked);
    if (found === undefined) return 0;
    if (what === 'erase') {
      const { password } = asked;
      // git erases what others gave, too: that is theirs.
      if (asked.username === 'x-access-token' && password !== undefined) {
        await asConsumer(contract, env, (asker) => giveTokenUp(own, asker, password));
      }
      return 0;
    }
    const given = await asConsumer(contract, env, (asker) =>
      askForToken(own, asker, { context: found.context, repositories: [found.repository] }),
    );
    process.stdout.write(answerFor(given));
    return 0;
  },
};
