import { chmod, mkdir, rename } from 'node:fs/promises';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

/** The bundled client: one file for any Node from 18 on. */
export const bundleFile = fileURLToPath(new URL('../../dist/backbone-client.cjs', import.meta.url));

/**
 * Bundles the client. Written beside its place and renamed, so that a command that starts meanwhile reads
 * a whole file. Not minified: whoever installs it on a host can read it.
 */
export async function buildClient(file: string = bundleFile): Promise<void> {
  await mkdir(dirname(file), { recursive: true });
  const beside = `${file}.${String(process.pid)}`;
  await build({
    entryPoints: [fileURLToPath(new URL('../client/bundle-entry.ts', import.meta.url))],
    outfile: beside,
    bundle: true,
    platform: 'node',
    format: 'cjs',
    target: 'node18',
    banner: { js: '#!/usr/bin/env node' },
    logLevel: 'warning',
  });
  await chmod(beside, 0o755);
  await rename(beside, file);
}
