import { chmod, mkdir, rename, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build, type BuildOptions, type Plugin } from 'esbuild';

/** The bundled client: one file for any Node from 18 on. */
export const bundleFile = fileURLToPath(new URL('../../dist/backbone-client.cjs', import.meta.url));

/**
 * Bundles the client. Written beside its place and renamed, so that a command that starts meanwhile reads
 * a whole file. Not minified: whoever installs it on a host can read it.
 */
export async function buildClient(file: string = bundleFile): Promise<void> {
  await mkdir(dirname(file), { recursive: true });
  const beside = `${file}.${String(process.pid)}`;
  const [cached, whole] = await Promise.all([
    bundled('../client/cached-entry.ts', {
      format: 'iife',
      globalName: 'cached',
      plugins: [withoutLazyParts],
    }),
    bundled('../client/bundle-entry.ts', { format: 'cjs', supported: { 'dynamic-import': false } }),
  ]);
  await writeFile(beside, twoParts(cached, whole));
  await chmod(beside, 0o755);
  await rename(beside, file);
}

async function bundled(entry: string, options: Omit<BuildOptions, 'write'>): Promise<string> {
  const { outputFiles } = await build({
    entryPoints: [fileURLToPath(new URL(entry, import.meta.url))],
    bundle: true,
    platform: 'node',
    target: 'node18',
    logLevel: 'warning',
    write: false,
    ...options,
  });
  return outputFiles.map(({ text }) => text).join('');
}

/** What the first part never runs: a session that is cached needs no connection. */
const withoutLazyParts: Plugin = {
  name: 'without-lazy-parts',
  setup: (bundle) => {
    bundle.onResolve({ filter: /.*/ }, ({ kind, path }) =>
      kind === 'dynamic-import' ? { path, namespace: 'left-out' } : undefined,
    );
    bundle.onLoad({ filter: /.*/, namespace: 'left-out' }, () => ({ contents: 'export {};' }));
  },
};

const begin = '/* The whole client:\n';
/** Stands for the end of a comment within the comment. */
const inner = '*_/';

/**
 * Node compiles a whole file before it runs its first line, which took a sixth of the time of a cached `creds`. So
 * the client stands as a comment below the few lines for a cached session, and is compiled where those do not do.
 *
 * @throws Error  the code cannot stand in a comment and come out as it was
 */
function twoParts(cached: string, whole: string): string {
  if (whole.includes(inner)) throw new Error(`the client holds ${inner}, which stands for */`);
  const first = `#!/usr/bin/env node
${cached}
if (!cached.given) {
  const file = require("node:fs").readFileSync(__filename, "utf8");
  const begin = file.lastIndexOf(${JSON.stringify(begin)}) + ${String(begin.length)};
  const code = file.slice(begin, file.lastIndexOf("*/")).replaceAll("${inner}", "*/");
  require("node:vm").runInThisContext("(function (require, module, exports) {" + code + "\\n})", {
    filename: __filename,
    lineOffset: file.slice(0, begin).split("\\n").length - 1,
  })(require, module, exports);
}

`;
  return `${first}${begin}${whole.replaceAll('*/', inner)}*/\n`;
}
