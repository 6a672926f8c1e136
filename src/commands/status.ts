import { defineCommand } from 'citty';
import { result, resultJson, table } from '../output/terminal.ts';
import { openBackbone } from './open-backbone.ts';
import { standings } from './secret-standing.ts';
import { fileArg, jsonArg, refuseUnknown } from './shared-args.ts';

const args = { ...fileArg, ...jsonArg } as const;

export const status = defineCommand({
  meta: {
    name: 'backbone status',
    description:
      'What has to be rotated: static secrets that are overdue or in the last tenth of their life, by the ' +
      'metadata in OpenBao. For a timer: exit status 0 none is overdue, 2 one is, 1 could not look.\n\n' +
      'Example: backbone status --json',
  },
  args,
  async run({ args: given, rawArgs }): Promise<number> {
    refuseUnknown(rawArgs, args);
    const { backbone, connection } = await openBackbone(given.file);
    const all = await standings(connection, backbone.secrets);
    const rotated = new Set<string>(
      backbone.secrets.flatMap(({ path, rotation }) => (rotation === undefined ? [] : [path])),
    );
    const listed = all
      .filter(({ state, due }) => state !== 'current' || due)
      .map(({ path, state, rotateBy, owner }) => ({
        path,
        state: state === 'current' ? ('due' as const) : state,
        rotateBy,
        owner,
        rotatedBy: rotated.has(path) ? ('backbone rotate unifi' as const) : ('a person' as const),
      }));
    const overdue = listed.filter(({ state }) => state === 'overdue').length;
    if (given.json === true) resultJson({ secrets: all.length, overdue, listed });
    else {
      result(`${String(all.length)} secrets, ${String(overdue)} overdue`);
      if (listed.length > 0) {
        result(
          table([
            ['PATH', 'STATE', 'ROTATE BY', 'OWNER', 'ROTATED BY'],
            ...listed.map(({ path, state, rotateBy, owner, rotatedBy }) => [
              ...[path, state, rotateBy?.slice(0, 10) ?? '-', owner ?? '-', rotatedBy],
            ]),
          ]),
        );
      }
    }
    return overdue === 0 ? 0 : 2;
  },
});
