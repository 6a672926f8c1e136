import { chmod, copyFile, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const here = (path: string) => fileURLToPath(new URL(path, import.meta.url));

export interface StandIn {
  /** Program that serves it. */
  readonly main: URL;
  /** Committed schema of the provider; it is read beside the program by this name. */
  readonly schema: 'vault.json' | 'infisical.json';
  readonly protocol: 5 | 6;
  /** Name that Terraform looks for in the directory of a provider. */
  readonly executable: string;
}

/**
 * Writes a stand-in into a directory, e.g. `.../hashicorp/vault/5.6.0/linux_amd64` of a filesystem
 * mirror: the program, its bundle and the data it reads. The same source and the same Node give the same
 * bytes, so that the hash in a lock file stays valid.
 *
 * @returns the program
 */
export async function buildProvider(standIn: StandIn, directory: string): Promise<string> {
  await mkdir(directory, { recursive: true });
  await build({
    entryPoints: [fileURLToPath(standIn.main)],
    outfile: join(directory, 'stand-in.mjs'),
    bundle: true,
    platform: 'node',
    format: 'esm',
    target: 'node20',
    minify: true,
    legalComments: 'none',
    logLevel: 'silent',
    // Some dependencies are CommonJS and expect its `require`.
    banner: {
      js: "import{createRequire}from'node:module';const require=createRequire(import.meta.url);",
    },
  });
  await copyFile(here(`../../providers/${standIn.schema}`), join(directory, standIn.schema));
  for (const file of [`tfplugin${String(standIn.protocol)}.proto`, 'go-plugin.proto']) {
    await copyFile(here(`./${file}`), join(directory, file));
  }
  const program = join(directory, standIn.executable);
  await writeFile(program, launcher());
  await chmod(program, 0o755);
  return program;
}

/** A shell script, as a `#!` line has room for no path with a space; `exec` keeps Terraform the parent. */
function launcher(): string {
  const node = `'${process.execPath.replaceAll("'", `'\\''`)}'`;
  return `#!/bin/sh\nexec ${node} "$(dirname "$0")/stand-in.mjs"\n`;
}
