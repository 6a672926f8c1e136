import type { Declaration } from '../config/declaration.ts';
import type { OtherCas } from '../model/contract.ts';
import type { GithubCas } from '../model/github-contract.ts';
import { readCaFile, readCaFiles } from './ca-file.ts';

/**
 * The CAs, besides OpenBao's, that clients are told to believe.
 *
 * @throws UserError  a declared file cannot be read
 */
export async function contractCasOf(
  { infisical, engines, github }: Pick<Declaration, 'infisical' | 'engines' | 'github'>,
  directory: string,
): Promise<OtherCas> {
  return {
    infisical: await infisicalCaOf({ infisical }, directory),
    databases: await readCaFiles(engines.databases, directory, 'engines.databases'),
    github: await githubCasOf({ github }, directory),
  };
}

/**
 * @returns PEM of the CA of Infisical's TLS certificate; undefined: the system's CAs
 * @throws UserError  it cannot be read
 */
export async function infisicalCaOf(
  { infisical }: Pick<Declaration, 'infisical'>,
  directory: string,
): Promise<string | undefined> {
  return infisical.enabled
    ? readCaFile(infisical.caCertificate, directory, 'infisical.caCertificate')
    : undefined;
}

/**
 * @returns PEM of the CAs of GitHub's API and of the broker; undefined: the system's CAs
 * @throws UserError  one cannot be read
 */
export async function githubCasOf(
  { github }: Pick<Declaration, 'github'>,
  directory: string,
): Promise<GithubCas> {
  if (!github.enabled) return {};
  const { apiCaCertificate, broker } = github;
  return {
    api: await readCaFile(apiCaCertificate, directory, 'github.apiCaCertificate'),
    broker: await readCaFile(broker.caCertificate, directory, 'github.broker.caCertificate'),
  };
}
