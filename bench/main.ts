import { parseArgs } from 'node:util';
import { result, resultJson, say, table } from '../src/output/terminal.ts';
import { measureBroker } from './broker.ts';
import { measureClient } from './client.ts';
import type { Figure } from './measure.ts';
import { measureProxy } from './proxy.ts';
import { measureRestore } from './restore.ts';
import { measureReview } from './review.ts';
import { measureStart, type Phase } from './start.ts';
import { machine, measureSynth, type SynthRun } from './synth.ts';

/**
 * `npm run bench [-- --json]`: what the program costs. Figures of one run compare, those of two do not.
 * `--restore` measures a disaster of a real host instead: Linux, root, some minutes.
 */
const { values } = parseArgs({
  options: {
    json: { type: 'boolean', default: false },
    repeats: { type: 'string', default: '3' },
    restore: { type: 'boolean', default: false },
  },
});

if (values.restore) await restore();
else await program();

async function restore(): Promise<void> {
  say('a host from bare, lost, and brought back ...');
  const figures = await measureRestore();
  // What is missing was said: a bench without figures is no success.
  if (figures === undefined) process.exitCode = 1;
  else if (values.json) resultJson({ machine, restore: figures });
  else {
    const { install, unchanged, restore: back, secrets } = figures;
    result(`A host with ${String(secrets)} secrets, from a bare container each. ${machine}`);
    const row = (what: string, seconds: number) => [
      ...[what, `${seconds.toFixed(0)} s`, `${(seconds / install).toFixed(2)} x`],
    ];
    result(
      table([
        ['what', 'time', 'ratio'],
        row('site.yml', install),
        row('site.yml again, nothing to change', unchanged),
        row('playbooks/restore.yml, from the copy off the host', back),
      ]),
    );
  }
}

async function program(): Promise<void> {
  const sizes = [10, 100, 1000];
  const runs: SynthRun[] = [];
  for (const size of sizes) {
    say(`synth of ${String(size)} consumers, ${values.repeats} times ...`);
    runs.push(await measureSynth(size, Number(values.repeats)));
  }

  say('a review of 1,000 consumers ...');
  const review = await measureReview(1000);

  say('npm start, twice ...');
  const phases = await measureStart();

  say('the client, 15 rounds ...');
  const client = await measureClient(15);

  say('the GitHub broker, 10 rounds, and the egress proxy, 300 ...');
  const broker = await measureBroker(10);
  const proxy = await measureProxy(300);

  if (values.json)
    resultJson({ machine, synth: runs, review, start: phases, client, broker, proxy });
  else {
    result(`Synth: all stacks, from process start to end. ${machine}, median of ${values.repeats}`);
    result(synthTable(runs));
    result(
      `\nReview after synth: ${String(review.consumers)} consumers, ${String(review.grants)} grants, ` +
        `${String(review.changes)} changes: ${review.seconds.toFixed(2)} s, ${review.cpuSeconds.toFixed(2)} s of a processor (goal: under 3 s)`,
    );
    result('\nnpm start: a new lab, and again with nothing to change');
    result(startTable(phases));
    result('\nThe client: processes from start to end, median of 15, taken in turn');
    result(figureTable(client));
    result('\nThe GitHub broker, before the double of GitHub: median of 10, taken in turn');
    result(figureTable(broker.figures));
    result(memoryLine(broker.memory));
    result('\nThe egress proxy: a request over a kept connection, median of 300, taken in turn');
    result(figureTable(proxy.figures));
    result(memoryLine(proxy.memory));
  }
}

function figureTable(all: readonly Figure[]): string {
  return table([
    ['what', 'time', 'ratio', 'goal', 'against'],
    ...all.map(({ what, milliseconds, against = '', ratio, goal }) => [
      what,
      `${milliseconds.toFixed(milliseconds < 10 ? 2 : 0)} ms`,
      ratio === undefined ? '' : `${ratio.toFixed(2)} x`,
      goal === undefined ? '' : `<= ${goal.toFixed(1)} x`,
      against,
    ]),
  ]);
}

function memoryLine(all: Readonly<Record<string, number>>): string {
  const [[first, base] = ['', 0], ...others] = Object.entries(all);
  const parts = others.map(
    ([what, mib]) => `${what} ${mib.toFixed(0)} MiB, ${(mib / base).toFixed(1)} x`,
  );
  return `Memory: ${first} ${base.toFixed(0)} MiB; ${parts.join('; ')}`;
}

function startTable(all: readonly Phase[]): string {
  return table([
    ['phase', 'first', 'warm', 'ratio'],
    ...all.map(({ phase, first, warm }) => [
      phase,
      `${first.toFixed(1)} s`,
      `${warm.toFixed(1)} s`,
      `${(warm / first).toFixed(2)} x`,
    ]),
  ]);
}

function synthTable(all: readonly SynthRun[]): string {
  const [first] = all;
  if (first === undefined) return '';
  return table([
    [
      'consumers',
      'resources',
      'time',
      'processor',
      'peak memory',
      'ratios: resources',
      'processor',
    ],
    ...all.map((run) => [
      String(run.consumers),
      String(run.resources),
      `${run.seconds.toFixed(2)} s`,
      `${run.cpuSeconds.toFixed(2)} s`,
      `${run.memoryMiB.toFixed(0)} MiB`,
      `${(run.resources / first.resources).toFixed(1)} x`,
      `${(run.cpuSeconds / first.cpuSeconds).toFixed(1)} x`,
    ]),
  ]);
}
