import { resolveBackbone } from '../src/model/backbone.ts';
import { declaration } from '../src/config/declaration.ts';
import { parseStack } from '../src/synthesized/parse.ts';
import { compareReach } from '../src/review/reach/compare.ts';
import { grantsOf } from '../src/review/reach/grants.ts';
import { asMarkdown } from '../src/review/render/markdown.ts';
import { App, Testing } from 'cdktf';
import { parse } from 'yaml';
import { OpenBaoStack } from '../stacks/openbao.ts';
import { grownDeclaration } from './declaration.ts';

export interface ReviewFigure {
  readonly consumers: number;
  readonly grants: number;
  readonly changes: number;
  /** Wall time of reading both outputs, comparing them and writing the comment, in seconds. */
  readonly seconds: number;
  /** Processor time of the same, which a busy machine stretches less. */
  readonly cpuSeconds: number;
}

/** A review after synth: every consumer of the base gets another address, and every tenth a wider policy. */
export async function measureReview(consumers: number): Promise<ReviewFigure> {
  const text = await grownDeclaration(consumers);
  const declared = declaration.parse(parse(text));
  const app = new App({ context: { targetVersions: { terraform: '>=1.11' } } });
  const before = Testing.synth(new OpenBaoStack(app, resolveBackbone(declared)));
  const after = before
    .replaceAll(/kv\/data\/bench\/agent-(\d{4})0/g, 'kv/data/bench/agent-$1*')
    .replaceAll('"token_ttl": 900', '"token_ttl": 901');
  const start = performance.now();
  const used = process.cpuUsage();
  const [was, is] = [before, after].map((one) => ({
    stacks: [parseStack('openbao', one, 'openbao')],
  }));
  if (was === undefined || is === undefined) throw new Error('there are two');
  const changes = compareReach(was, is);
  asMarkdown(changes);
  const seconds = (performance.now() - start) / 1000;
  const { user, system } = process.cpuUsage(used);
  const cpuSeconds = (user + system) / 1e6;
  const grants = grantsOf(is).length;
  return { consumers, grants, changes: changes.length, seconds, cpuSeconds };
}
