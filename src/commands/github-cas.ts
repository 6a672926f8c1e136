import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import type { Declaration } from '../config/declaration.ts';
import type { GithubCas } from '../model/github-contract.ts';
import { UserError } from '../user-error.ts';

/**
 * @returns PEM of the CAs that the declaration names; undefined: the system's CAs
 * @throws UserError  one cannot be read
 */
export async function githubCasOf(
  { github }: Pick<Declaration, 'github'>,
  directory: string,
): Promise<GithubCas> {
  if (!github.enabled) return {};
  const { apiCaCertificate, broker } = github;
  return {
    api: await readCa(directory, apiCaCertificate, 'github.apiCaCertificate'),
    broker: await readCa(directory, broker.caCertificate, 'github.broker.caCertificate'),
  };
}

async function readCa(
  directory: string,
  declared: string | undefined,
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
