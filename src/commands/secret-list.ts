import { defineCommand } from 'citty';
import { readKvMetadata } from '../client/kv.ts';
import type { Connection } from '../client/openbao.ts';
import type { Secret } from '../model/secret.ts';
import { result, resultJson, table } from '../output/terminal.ts';
import { openBackbone } from './open-backbone.ts';
import { fileArg, jsonArg, refuseUnknown } from './shared-args.ts';

const args = { ...fileArg, ...jsonArg } as const;

interface Listed {
  readonly path: string;
  readonly state: 'current' | 'overdue' | 'empty' | 'not deployed';
  readonly version: number;
  /** ISO 8601; the value must be rotated before. */
  readonly rotateBy: string | undefined;
  readonly owner: string | undefined;
  readonly fields: readonly string[];
}

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
    const listed: Listed[] = [];
    for (const secret of backbone.secrets) listed.push(await look(connection, secret));
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

async function look(connection: Connection, secret: Secret): Promise<Listed> {
  const { path, fields } = secret;
  const found = await readKvMetadata(connection, secret.metadataPath);
  if (found === undefined) {
    const nothing = { version: 0, rotateBy: undefined, owner: undefined };
    return { path, fields, state: 'not deployed', ...nothing };
  }
  const { current_version: version, custom_metadata: custom, versions } = found;
  const owner = custom?.['owner'];
  const value = versions[String(version)];
  if (value === undefined || value.destroyed || value.deletion_time !== '') {
    return { path, fields, state: 'empty', version, rotateBy: undefined, owner };
  }
  const life = Number(custom?.['rotate_every_seconds'] ?? Number.NaN) * 1000;
  const due = Date.parse(value.created_time) + life;
  return {
    path,
    fields,
    state: Number.isFinite(due) && due > Date.now() ? 'current' : 'overdue',
    version,
    rotateBy: Number.isFinite(due) ? new Date(due).toISOString() : undefined,
    owner,
  };
}
