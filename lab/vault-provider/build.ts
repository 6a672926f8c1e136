import { buildProvider } from '../provider-protocol/build.ts';

/** @returns the program, in that directory of a filesystem mirror */
export function buildStandIn(directory: string): Promise<string> {
  return buildProvider(
    {
      main: new URL('./main.ts', import.meta.url),
      schema: 'vault.json',
      protocol: 5,
      executable: 'terraform-provider-vault_v5.6.0',
    },
    directory,
  );
}
