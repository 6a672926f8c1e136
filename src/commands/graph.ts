import { defineCommand } from 'citty';
import { buildPage } from '../bundle/page.ts';
import type { Declaration } from '../config/declaration.ts';
import { declarationFile, loadDeclaration } from '../config/load.ts';
import { result, resultJson, say } from '../output/terminal.ts';
import { graphOf, withFolderClasses } from '../review/graph/graph.ts';
import { asMermaid } from '../review/graph/mermaid.ts';
import { asPage } from '../review/graph/page.ts';
import type { TrustGraph } from '../review/graph/payload.ts';
import { compareReach } from '../review/reach/compare.ts';
import { grantsOf } from '../review/reach/grants.ts';
import { inOrder } from '../review/render/text.ts';
import { readSynthesized } from '../synthesized/read.ts';
import type { Synthesized } from '../synthesized/resource.ts';
import { UsageError } from '../usage-error.ts';
import { fileArg, jsonArg, refuseUnknown } from './shared-args.ts';
import { synthesizeBoth } from './synthesize-base.ts';
import { synthesize } from './synthesize.ts';
import { writeWhole } from './write-whole.ts';

const args = {
  ...fileArg,
  ...jsonArg,
  base: {
    type: 'string',
    valueHint: 'ref',
    description: 'commit to compare with: what is added, gone, wider or narrower is marked',
  },
  out: { type: 'string', valueHint: 'graph.html', description: 'file to write; default: stdout' },
  mermaid: { type: 'boolean', description: 'a Mermaid flow chart in place of the page' },
} as const;

export const graph = defineCommand({
  meta: {
    name: 'backbone graph',
    description:
      'Draw who may reach what, by which way: one HTML page that needs no server and no network.\n\n' +
      'Example: backbone graph --out graph.html',
  },
  args,
  async run({ args: given, rawArgs }) {
    refuseUnknown(rawArgs, args);
    if (given.json === true && given.mermaid === true)
      throw new UsageError('--json and --mermaid: one of the two');
    const page = given.json !== true && given.mermaid !== true;
    if (page && given.out === undefined && process.stdout.isTTY)
      throw new UsageError('a page is no text for a terminal: give --out graph.html, or redirect');
    const file = given.file ?? declarationFile(process.env);
    const drawn = await drawnFrom(file, given.base);
    if (given.json === true && given.out === undefined) {
      resultJson(drawn);
      return;
    }
    const text =
      given.json === true ? JSON.stringify(drawn, undefined, 2) : await asText(drawn, page);
    if (given.out === undefined) result(text);
    else {
      await writeWhole(given.out, `${text}\n`);
      say(`written: ${given.out}`);
    }
  },
});

async function asText(drawn: TrustGraph, page: boolean): Promise<string> {
  return page ? asPage(drawn, await buildPage()) : asMermaid(drawn);
}

async function drawnFrom(file: string, base: string | undefined): Promise<TrustGraph> {
  const folders = foldersOf((await loadDeclaration(file)).declaration);
  const grants = (of: Synthesized) => withFolderClasses(grantsOf(of), folders);
  if (base === undefined) return graphOf(grants(await readSynthesized(await synthesize(file))));
  const { before, after } = await synthesizeBoth(base, file);
  const changes = inOrder(compareReach(before, after));
  return graphOf(grants(after), { base, grants: grants(before), changes });
}

function foldersOf({ infisical }: Declaration) {
  const folders = infisical.enabled ? infisical.folders : {};
  return new Map(Object.entries(folders).map(([path, folder]) => [path, folder.class]));
}
