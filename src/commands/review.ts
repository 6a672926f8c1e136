import { relative } from 'node:path';
import { defineCommand } from 'citty';
import { createColors } from 'picocolors';
import { readDeclaration } from '../config/file.ts';
import { declarationFile } from '../config/load.ts';
import { parseYaml } from '../config/yaml.ts';
import { coloured } from '../output/colour.ts';
import { result, resultJson } from '../output/terminal.ts';
import { compareReachWithPlans } from '../review/plan/compare.ts';
import { readPlans } from '../review/plan/read.ts';
import type { Change } from '../review/reach/change.ts';
import { explain, whoCan } from '../review/reach/explain.ts';
import { grantsOf } from '../review/reach/grants.ts';
import { answersAsJson, answersAsText } from '../review/render/answers.ts';
import { asMarkdown } from '../review/render/markdown.ts';
import { declaredAt } from '../review/render/declared.ts';
import { exitCodeOf, presentable } from '../review/render/order.ts';
import { asSarif } from '../review/render/sarif.ts';
import { asText, type Paint } from '../review/render/text.ts';
import { UsageError } from '../usage-error.ts';
import { version } from '../version.ts';
import { fileArg, jsonArg, refuseUnknown } from './shared-args.ts';
import { root, synthesizeBoth, synthesizeHead } from './synthesize-base.ts';

const args = {
  ...fileArg,
  ...jsonArg,
  base: { type: 'string', valueHint: 'ref', description: 'commit to compare with' },
  plan: {
    type: 'string',
    valueHint: 'path',
    description: 'what plans of head know beside it: <stack>.json, or a directory of such',
  },
  markdown: { type: 'boolean', description: 'as the comment of a pull request' },
  sarif: { type: 'boolean', description: 'as SARIF 2.1.0' },
  explain: {
    type: 'string',
    valueHint: 'consumer',
    description: 'why it may reach PATH, as declared here; needs no --base',
  },
  'who-can': {
    type: 'string',
    valueHint: 'path',
    description: 'who may reach a path of OpenBao or an ARN, as declared here; needs no --base',
  },
  path: { type: 'positional', required: false, description: 'for --explain: a path or an ARN' },
} as const;

export const review = defineCommand({
  meta: {
    name: 'backbone review',
    description:
      'Say what a change does to who may reach what; needs no server and no credential. ' +
      'Ends with 0 nothing, 2 changes without widening, 3 widening or unknown, 1 could not.\n\n' +
      'Example: backbone review --base origin/main',
  },
  args,
  async run({ args: given, rawArgs }) {
    refuseUnknown(rawArgs, args);
    const file = given.file ?? declarationFile(process.env);
    const chosen = [given.base, given.explain, given['who-can']].filter((one) => one !== undefined);
    if (chosen.length !== 1) throw new UsageError('give one of --base, --explain and --who-can');
    if (given.plan !== undefined && given.base === undefined) {
      throw new UsageError('--plan stands beside --base');
    }
    if ((given.explain === undefined) !== (given.path === undefined)) {
      throw new UsageError('--explain takes a consumer and a path: --explain unpoller kv/data/x');
    }
    if ([given.json, given.markdown, given.sarif].filter(Boolean).length > 1) {
      throw new UsageError('give one of --json, --markdown and --sarif');
    }
    if (given.base === undefined) {
      const grants = grantsOf(await synthesizeHead(file));
      const answers =
        given.explain === undefined
          ? whoCan(grants, given['who-can'] ?? '')
          : explain(grants, given.explain, given.path ?? '');
      if (given.json === true) resultJson(answersAsJson(answers));
      else result(answersAsText(answers));
      return 0;
    }
    const plans = given.plan === undefined ? new Map() : await readPlans(given.plan);
    const { before, after } = await synthesizeBoth(given.base, file);
    const changes = compareReachWithPlans(before, after, plans);
    if (given.json === true) resultJson({ version: 1, changes: presentable(changes) });
    else if (given.markdown === true) result(asMarkdown(changes));
    else if (given.sarif === true) {
      resultJson(asSarif(changes, relative(root, file), version, await linesOf(file)));
    } else result(asText(changes, paint()));
    return exitCodeOf(changes);
  },
});

/** Lines of the declaration as it lies here; what it says there is not needed, so it may be encrypted. */
async function linesOf(file: string): Promise<(change: Change) => number> {
  const { value, source } = parseYaml(file, await readDeclaration(file));
  return (change) => source.position(declaredAt(value, change)).line;
}

function paint(): Paint {
  const { red, yellow, green } = createColors(coloured(process.stdout));
  const of = { WIDENS: red, UNKNOWN: yellow, NARROWS: green } as const;
  return (verdict) => of[verdict](verdict);
}
