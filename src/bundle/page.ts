import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const there = (name: string) =>
  fileURLToPath(new URL(`../review/graph/page/${name}`, import.meta.url));

/** Script and style of the graph's page, each as one text. Not minified: whoever opens the page can read it. */
export async function buildPage(): Promise<{ readonly script: string; readonly style: string }> {
  const [{ outputFiles }, style] = await Promise.all([
    build({
      entryPoints: [there('main.ts')],
      bundle: true,
      format: 'iife',
      platform: 'browser',
      target: 'es2022',
      logLevel: 'warning',
      charset: 'ascii',
      write: false,
    }),
    readFile(there('page.css'), 'utf8'),
  ]);
  return { script: outputFiles.map(({ text }) => text).join(''), style };
}
