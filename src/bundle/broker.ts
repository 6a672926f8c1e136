import { mkdir, rename, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

/** The bundled GitHub broker: one file for any Node from 18 on. */
export const brokerFile = fileURLToPath(new URL('../../dist/github-broker.cjs', import.meta.url));

const { resolve } = createRequire(import.meta.url);

/** Bundles the broker with its libraries. Not minified: whoever installs it on a host can read it. */
export async function buildBroker(file: string = brokerFile): Promise<void> {
  await mkdir(dirname(file), { recursive: true });
  const { outputFiles } = await build({
    entryPoints: [fileURLToPath(new URL('../broker/entry.ts', import.meta.url))],
    bundle: true,
    platform: 'node',
    target: 'node18',
    format: 'cjs',
    logLevel: 'warning',
    write: false,
    // Its form for `import` waits at the top level, which a file for `require` cannot.
    alias: { 'libsodium-wrappers': resolve('libsodium-wrappers') },
    // Node 18 has it in node:crypto alone.
    banner: { js: "globalThis.crypto ??= require('node:crypto').webcrypto;" },
  });
  const beside = `${file}.${String(process.pid)}`;
  await writeFile(beside, outputFiles.map(({ text }) => text).join(''));
  await rename(beside, file);
}
