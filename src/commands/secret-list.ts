import { defineCommand } from 'citty';
import { result, resultJson, table } from '../output/terminal.ts';
import { openBackbone } from './open-backbone.ts';
import { standings } from './secret-standing.ts';
import { fileArg, jsonArg, refuseUnknown } from './shared-args.ts';

const args = { ...fileArg, ...jsonArg } as const;

export const secretList = defineCommand({
  meta: {
    name: 'backbone secret list',
    description:
      'Every declared secret: version, owner, when it must be rotated. Exit status 2 when one is ' +
      'empty, overdue or not deployed.\n\nExample: backbone secret list --json',
  },
  args,
  async run({ args: given, rawArgs }): Promise<number> {
    refuseUnknown(rawArgs, args);
    const { backbone, connection } = await openBackbone(given.file);
    const all = await standings(connection, backbone.secrets);
    const listed = all.map(({ path, state, version, rotateBy, owner, fields }) => ({
      ...{ path, state, version, rotateBy, owner, fields },
    }));
    if (given.json === true) resultJson(listed);
    else if (listed.length === 0) result('no secret is declared');
    else {
      result(
        table([
          ['PATH', 'STATE', 'VERSION', 'ROTATE BY', 'OWNER', 'FIELDS'],
          ...listed.map(({ path, state, version, rotateBy, owner, fields }) => [
            path,
            state,
            String(version),
            rotateBy?.slice(0, 10) ?? '-',
            owner ?? '-',
            fields.join(','),
          ]),
        ]),
      );
    }
    return listed.every(({ state }) => state === 'current') ? 0 : 2;
  },
});
