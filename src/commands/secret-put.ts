import { text } from 'node:stream/consumers';
import { defineCommand } from 'citty';
import { z } from 'zod';
import { readKvMetadata, writeKv } from '../client/kv.ts';
import type { Secret } from '../model/secret.ts';
import { askHidden } from '../terminal/ask.ts';
import { result, resultJson } from '../output/terminal.ts';
import { UserError } from '../user-error.ts';
import { openBackbone } from './open-backbone.ts';
import { fileArg, jsonArg, refuseUnknown } from './shared-args.ts';

const args = {
  ...fileArg,
  ...jsonArg,
  path: { type: 'positional', required: true, description: 'declared path, e.g. unifi/tofu' },
} as const;

export const secretPut = defineCommand({
  meta: {
    name: 'backbone secret put',
    description:
      'Write all fields of a secret with check-and-set: asked for without echo on a terminal, else ' +
      'one JSON object on stdin. Values are never arguments.\n\n' +
      'Example: backbone secret put unifi/tofu\n' +
      '         generate-json | backbone secret put unifi/tofu',
  },
  args,
  async run({ args: given, rawArgs }): Promise<number> {
    refuseUnknown(rawArgs, args);
    const { backbone, connection } = await openBackbone(given.file);
    const secret = backbone.secrets.find(({ path }) => path === given.path);
    if (secret === undefined) {
      const declared = backbone.secrets.map(({ path }) => path).join(', ');
      throw new UserError(`the secret "${given.path}" is not declared; declared are: ${declared}`);
    }
    // Read before the values are asked for: what is written replaces what the writer could have seen.
    const current = await readKvMetadata(connection, secret.metadataPath);
    if (current === undefined) {
      throw new UserError(
        `${secret.metadataPath} does not exist yet; run: backbone deploy openbao`,
      );
    }
    const fields = process.stdin.isTTY ? await prompted(secret) : await piped(secret);
    const version = await writeKv(connection, secret.dataPath, fields, current.current_version);
    if (given.json === true) resultJson({ path: secret.path, version, fields: secret.fields });
    else result(`${secret.path}: version ${String(version)} (${secret.fields.join(', ')})`);
    return 0;
  },
});

async function prompted(secret: Secret): Promise<Readonly<Record<string, string>>> {
  const fields: Record<string, string> = {};
  for (const field of secret.fields) {
    const value = await askHidden(`${secret.path} ${field}: `);
    if (value === '') throw new UserError(`${field} is empty; nothing was written`);
    fields[field] = value;
  }
  return fields;
}

/** @throws UserError  says which fields are wrong, never what stood in them */
async function piped(secret: Secret): Promise<Readonly<Record<string, string>>> {
  const wanted = z.strictObject(
    Object.fromEntries(secret.fields.map((field) => [field, z.string().min(1)])),
  );
  let value: unknown;
  try {
    value = JSON.parse(await text(process.stdin));
  } catch {
    throw new UserError('stdin is not one JSON object; nothing was written');
  }
  const parsed = wanted.safeParse(value);
  if (parsed.success) return parsed.data;
  const given = typeof value === 'object' && value !== null ? Object.keys(value) : [];
  const missing = secret.fields.filter((field) => !given.includes(field));
  const unknown = given.filter((field) => !secret.fields.includes(field)).length;
  throw new UserError(
    `stdin must hold exactly the fields ${secret.fields.join(', ')}, each a string that is not empty` +
      (missing.length === 0 ? '' : `; missing: ${missing.join(', ')}`) +
      (unknown === 0 ? '' : `; ${String(unknown)} not declared`) +
      '. Nothing was written.',
  );
}
