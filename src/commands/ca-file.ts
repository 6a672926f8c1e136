import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { UserError } from '../user-error.ts';

/**
 * @param declared  as the declaration has it; relative to its directory
 * @param field  where it stands in the declaration
 * @returns PEM; undefined where none is declared: the system's CAs
 * @throws UserError  the file cannot be read
 */
export async function readCaFile(
  declared: string | undefined,
  directory: string,
  field: string,
): Promise<string | undefined> {
  if (declared === undefined) return undefined;
  const file = resolve(directory, declared);
  try {
    return await readFile(file, 'utf8');
  } catch {
    throw new UserError(`the CA file ${file} (${field}) cannot be read`);
  }
}

/**
 * The same for the members of a map, by their names.
 *
 * @param field  of the map, e.g. `engines.databases`
 * @throws UserError  as for {@link readCaFile}
 */
export async function readCaFiles(
  members: Readonly<Record<string, { readonly caCertificate?: string | undefined }>>,
  directory: string,
  field: string,
): Promise<Readonly<Record<string, string>>> {
  const read = Object.entries(members).map(async ([name, { caCertificate }]) => {
    const pem = await readCaFile(caCertificate, directory, `${field}.${name}.caCertificate`);
    return pem === undefined ? [] : [[name, pem] as const];
  });
  return Object.fromEntries((await Promise.all(read)).flat());
}
