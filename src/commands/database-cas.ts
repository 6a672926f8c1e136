import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import type { Declaration } from '../config/declaration.ts';
import type { DatabaseCas } from '../model/engines-contract.ts';
import { UserError } from '../user-error.ts';

/** @throws UserError  a declared CA file cannot be read */
export async function databaseCasOf(
  { engines }: Pick<Declaration, 'engines'>,
  directory: string,
): Promise<DatabaseCas> {
  const read = Object.entries(engines.databases).map(async ([name, { caCertificate }]) => {
    if (caCertificate === undefined) return [];
    const file = resolve(directory, caCertificate);
    try {
      return [[name, await readFile(file, 'utf8')] as const];
    } catch {
      throw new UserError(
        `the CA file ${file} (engines.databases.${name}.caCertificate) cannot be read`,
      );
    }
  });
  return Object.fromEntries((await Promise.all(read)).flat());
}
