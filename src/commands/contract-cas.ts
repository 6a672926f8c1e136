import type { Declaration } from '../config/declaration.ts';
import type { OtherCas } from '../model/contract.ts';
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
    github: github.enabled
      ? {
          api: await readCaFile(github.apiCaCertificate, directory, 'github.apiCaCertificate'),
          broker: await readCaFile(
            github.broker.caCertificate,
            directory,
            'github.broker.caCertificate',
          ),
        }
      : {},
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
