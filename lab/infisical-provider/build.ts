import { buildProvider } from '../provider-protocol/build.ts';

/** @returns the program, in that directory of a filesystem mirror */
export function buildStandIn(directory: string): Promise<string> {
  return buildProvider(
    {
      main: new URL('./main.ts', import.meta.url),
      schema: 'infisical.json',
      protocol: 6,
      executable: 'terraform-provider-infisical_v0.19.24',
    },
    directory,
  );
}
