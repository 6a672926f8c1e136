import { arch, platform } from 'node:os';
import { join } from 'node:path';
import { cached } from './cache.ts';
import { unpackPackage } from './npm-package.ts';
import type { Part, Progress } from './part.ts';

const version = '18.20.8';

/** The official binaries, as npm packages of the `node` package; their digests as the registry gives them. */
const digests: Readonly<Record<string, string>> = {
  'linux-x64':
    'sha512-JWUTwZ9vMOjZXMtiBc74OZn12DXb4skKfY4Nlyc17Ss8BTaxjwkXAw6xZb0Ck5afUYU/neBbrHjo9O3baF34ww==',
  'linux-arm64':
    'sha512-xTMJYtLdLjIimh8zRpgUDFsNknLP72AT/QWQEmeyDOM1/Gqj/GZn/MlbA+zWSjSMBxQscYvgFpq3qERMEcFEUA==',
  'darwin-x64':
    'sha512-ZllCFTBvXEb21o2ncNkd/IVkhfHkrwzVBKrC5NklsocR9aIDMcF7U3dO0q3RVBscwlTc26+92nGZWEj0IktSfA==',
};

/**
 * The Node of Debian 12, which the bundled client has to run under.
 *
 * @returns undefined where npm has none for this machine
 * @throws PartMissing  the registry cannot be reached, or gives something else
 */
export async function node18(progress: Progress): Promise<Part | undefined> {
  const machine = `${platform()}-${arch()}`;
  const digest = digests[machine];
  if (digest === undefined) return undefined;
  const { directory, built } = await cached(
    `node/${version}-${machine}`,
    async (output) => {
      progress(`installing Node ${version}`);
      await unpackPackage(`node-${machine}@${version}`, digest, 'package/bin/node', output);
    },
    'node',
  );
  return {
    name: 'node',
    version,
    path: join(directory, 'node'),
    source: built ? 'installed' : 'cache',
  };
}
