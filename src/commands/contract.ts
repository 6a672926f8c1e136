import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { defineCommand } from 'citty';
import { declarationFile, loadDeclaration } from '../config/load.ts';
import { fromEnv } from '../client/connection.ts';
import { resolveBackbone } from '../model/backbone.ts';
import { resolveContract } from '../model/contract.ts';
import { result } from '../output/terminal.ts';
import { UserError } from '../user-error.ts';
import { contractCasOf } from './contract-cas.ts';
import { fileArg, refuseUnknown } from './shared-args.ts';
import { writeWhole } from './write-whole.ts';

const args = {
  ...fileArg,
  consumer: {
    type: 'string',
    valueHint: 'name',
    description: 'only what the host of this consumer has to know',
  },
  out: { type: 'string', valueHint: 'file', description: 'write it there; default: stdout' },
} as const;

export const contract = defineCommand({
  meta: {
    name: 'backbone contract',
    description:
      'Write what a client has to know: addresses, CA, paths, lives. Nothing in it is secret.\n\n' +
      'Example: backbone contract --consumer unpoller --out contract.json\n' +
      '         backbone contract --out ~/.config/credential-backbone/contract.json',
  },
  args,
  async run({ args: given, rawArgs }): Promise<number> {
    refuseUnknown(rawArgs, args);
    const { declaration, directory, serverCa } = await loadDeclaration(
      given.file ?? declarationFile(process.env),
    );
    const backbone = resolveBackbone(declaration, directory);
    const only = backbone.consumers.find(({ name }) => name === given.consumer);
    if (given.consumer !== undefined && only === undefined) {
      const known = backbone.consumers.map(({ name }) => name).join(', ');
      throw new UserError(`"${given.consumer}" is not declared; there are: ${known}`);
    }
    const pem = serverCa ?? (await caOfEnvironment());
    const contract = resolveContract(
      backbone,
      pem,
      only,
      await contractCasOf(declaration, directory),
    );
    const text = JSON.stringify(contract, undefined, 2);
    if (given.out === undefined) result(text);
    else await writeWhole(resolve(given.out), `${text}\n`);
    return 0;
  },
});

async function caOfEnvironment(): Promise<string | undefined> {
  const file = fromEnv(process.env, 'BAO_CACERT', 'VAULT_CACERT');
  if (file === undefined) return undefined;
  try {
    return await readFile(file, 'utf8');
  } catch {
    throw new UserError(`the CA file ${file} (BAO_CACERT) cannot be read`);
  }
}
