import { defineCommand } from 'citty';
import { migrationMarkdown } from '../migration/markdown.ts';
import { overstated } from '../migration/row.ts';
import { migrationTable } from '../migration/table.ts';
import { withProgress } from '../output/progress.ts';
import { result, resultJson, say } from '../output/terminal.ts';
import type { Backbone } from '../model/backbone.ts';
import { UserError } from '../user-error.ts';
import { githubCasOf } from './contract-cas.ts';
import { openBackbone } from './open-backbone.ts';
import { logInToInfisical } from './open-infisical.ts';
import { fileArg, jsonArg, refuseUnknown } from './shared-args.ts';

const args = { ...fileArg, ...jsonArg } as const;

export const migrate = defineCommand({
  meta: {
    name: 'backbone migrate',
    description:
      'The migration table: where each secret class stands, what is in the way of the next step, and the ' +
      'way back. The target path of every class is used in this run, as an operator and as whoever the ' +
      'INFISICAL_UNIVERSAL_AUTH_ variables name; nothing that is made for it stays. ' +
      'Markdown on stdout. Exit status: 0 every class that is declared dual or target was proved, 2 one was ' +
      'not, 1 could not look.\n\n' +
      'Example: backbone migrate > migration.md\n' +
      '         backbone migrate --json',
  },
  args,
  async run({ args: given, rawArgs }): Promise<number> {
    refuseUnknown(rawArgs, args);
    const { backbone, directory, connection } = await openBackbone(given.file);
    const infisical = await administrator(backbone, directory);
    const githubCas = await githubCasOf(backbone.declaration, directory);
    const rows = await withProgress((progress) =>
      migrationTable({ backbone, connection, infisical, githubCas, env: process.env }, progress),
    ).finally(infisical.close);
    const unproved = rows.filter(overstated);
    if (given.json === true) resultJson(rows);
    else result(migrationMarkdown(rows, new Date()));
    for (const { class: name, state } of unproved) {
      say(`${name} is declared ${state}, and its target path did not work in this run`);
    }
    return unproved.length === 0 ? 0 : 2;
  },
});

/** The other classes are looked at, whatever Infisical says. */
async function administrator(backbone: Backbone, directory: string) {
  try {
    return await logInToInfisical(backbone, directory);
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    return { refused: error.message, close: () => Promise.resolve() };
  }
}
