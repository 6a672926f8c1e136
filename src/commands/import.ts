import { readFile } from 'node:fs/promises';
import { defineCommand } from 'citty';
import { decrypt } from '../config/sops.ts';
import { findProject } from '../infisical/client-secrets.ts';
import { parseEnvFile } from '../infisical/import/env-file.ts';
import { parseJsonExport } from '../infisical/import/json-export.ts';
import { moveInto } from '../infisical/import/move.ts';
import { withReferences, type Values } from '../infisical/import/values.ts';
import { withProgress } from '../output/progress.ts';
import { result, resultJson, say } from '../output/terminal.ts';
import { UsageError } from '../usage-error.ts';
import { UserError } from '../user-error.ts';
import { withInfisical } from './open-infisical.ts';
import { fileArg, jsonArg, refuseUnknown } from './shared-args.ts';

const args = {
  ...fileArg,
  ...jsonArg,
  format: { type: 'positional', required: true, description: 'doppler, env or sops' },
  export: { type: 'positional', required: true, description: 'the exported file' },
  to: {
    type: 'string',
    required: true,
    valueHint: 'environment:/folder',
    description: 'declared folder, e.g. prod:/ai',
  },
  replace: { type: 'boolean', description: 'overwrite what is there with another value' },
} as const;

export const importCommand = defineCommand({
  meta: {
    name: 'backbone import',
    description:
      'Move the values of an export into a folder of Infisical: `doppler` (JSON), `env` (NAME=value ' +
      'lines), `sops` (encrypted, a flat map). Names and counts are shown, values never; everything is ' +
      'read back and compared by hash. A run that was cut off is finished by the next.\n\n' +
      'Example: doppler secrets download --no-file --format json > export.json\n' +
      '         backbone import doppler export.json --to prod:/apps/dashboard && shred -u export.json',
  },
  args,
  async run({ args: given, rawArgs }): Promise<number> {
    refuseUnknown(rawArgs, args);
    const values = await readExport(given.format, given.export);
    return withInfisical(given.file, async ({ connection, infisical }) => {
      const [environment = '', path = ''] = given.to.split(/:(.*)/s);
      const folder = infisical.folders.find(
        (one) => one.environment === environment && one.path === path,
      );
      if (folder === undefined) {
        const known = infisical.folders.map((one) => `${one.environment}:${one.path}`).join(', ');
        throw new UserError(`no such folder is declared; there are: ${known}`);
      }
      const projectId = await findProject(connection, infisical.project.slug);
      const moved = await withProgress((progress) =>
        moveInto(connection, { projectId, environment, path }, values, {
          replace: given.replace === true,
          progress,
        }),
      );
      const references = withReferences(values);
      if (given.json === true) resultJson({ ...moved, references });
      else {
        for (const [what, names] of Object.entries(moved) as [string, readonly string[]][]) {
          result(
            `${String(names.length)} ${what}${names.length === 0 ? '' : `: ${names.join(', ')}`}`,
          );
        }
      }
      if (references.length > 0) {
        say(
          `these hold "\${", which \`infisical run\` expands unless it is told --expand=false: ` +
            references.join(', '),
        );
      }
      say(`${String(values.size)} values were read back and are the same, by SHA-256`);
      return 0;
    });
  },
});

async function readExport(format: string, file: string): Promise<Values> {
  switch (format) {
    case 'doppler':
      return parseJsonExport(await readText(file));
    case 'env':
      return parseEnvFile(await readText(file));
    case 'sops':
      return parseJsonExport(JSON.stringify(await decrypt(file)));
    default:
      throw new UsageError('the format is doppler, env or sops');
  }
}

async function readText(file: string): Promise<string> {
  let bytes: Buffer;
  try {
    bytes = await readFile(file);
  } catch {
    throw new UserError(`${file} cannot be read`);
  }
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: false }).decode(bytes);
  } catch {
    throw new UserError(`${file} is no UTF-8 text, so its values could not be moved as they are`);
  }
}
