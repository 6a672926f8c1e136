import { defineCommand } from 'citty';
import { migrationMarkdown } from '../migration/markdown.ts';
import { overstated } from '../migration/row.ts';
import { migrationTable } from '../migration/table.ts';
import { withProgress } from '../output/progress.ts';
import { result, resultJson, say } from '../output/terminal.ts';
import { openBackbone } from './open-backbone.ts';
import { fileArg, jsonArg, refuseUnknown } from './shared-args.ts';

const args = { ...fileArg, ...jsonArg } as const;

export const migrate = defineCommand({
  meta: {
    name: 'backbone migrate',
    description:
      'The migration table: where each secret class stands, what is in the way of the next step, and the ' +
      'way back. The target path of every class is used in this run, as an operator; nothing is changed. ' +
      'Markdown on stdout. Exit status: 0 every class that is declared dual or target was proved, 2 one was ' +
      'not, 1 could not look.\n\n' +
      'Example: backbone migrate > migration.md\n' +
      '         backbone migrate --json',
  },
  args,
  async run({ args: given, rawArgs }): Promise<number> {
    refuseUnknown(rawArgs, args);
    const { backbone, connection } = await openBackbone(given.file);
    const rows = await withProgress((progress) =>
      migrationTable({ backbone, connection, env: process.env }, progress),
    );
    const unproved = rows.filter(overstated);
    if (given.json === true) resultJson(rows);
    else result(migrationMarkdown(rows, new Date()));
    for (const { class: name, state } of unproved) {
      say(`${name} is declared ${state}, and its target path did not work in this run`);
    }
    return unproved.length === 0 ? 0 : 2;
  },
});
