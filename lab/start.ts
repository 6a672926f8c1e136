import { fileURLToPath } from 'node:url';
import { execa } from 'execa';
import { colours } from '../src/output/colour.ts';
import { lineProgress as say, withProgress } from '../src/output/progress.ts';
import { table } from '../src/output/terminal.ts';
import { labEnvironment, withLab } from './environment.ts';
import { PartMissing } from './parts/part.ts';
import { LabBusy } from './processes/lock.ts';
import { labTour } from './tour/tour.ts';
import type { Proof } from './tour/proof.ts';
import type { Lab } from './lab.ts';
import { labUp } from './up.ts';

/** `npm start`: lab up, deploy every stack, tour. `--json` gives phases (seconds) and proofs. */
async function start(json: boolean): Promise<number> {
  const phases: { readonly phase: string; readonly seconds: number }[] = [];
  const timed = async <T>(phase: string, work: () => Promise<T>): Promise<T> => {
    const begun = performance.now();
    const result = await work();
    phases.push({ phase, seconds: Math.round(performance.now() - begun) / 1000 });
    return result;
  };
  const lab = await timed('lab up', () => withProgress((progress) => labUp({ progress })));
  sayWhatIsReal(lab);
  const environment = await labEnvironment(lab);
  say(`deploying every stack, in OpenBao as ${environment.person ?? 'nobody'}`);
  const deployed = await timed('deploy', () => deploy(withLab(environment)));
  if (!deployed) return 1;
  say('tour: what the backbone allows, and what it denies');
  const proofs = await timed('tour', () => labTour(lab, say));
  const whole = proofs.every(({ proved }) => proved);
  process.stdout.write(
    json
      ? `${JSON.stringify({ phases, proofs }, undefined, 2)}\n`
      : `\n${summary(proofs)}\n\n${whole ? lookAround(lab) : ''}`,
  );
  return whole ? 0 : 1;
}

async function deploy(env: Record<string, string>): Promise<boolean> {
  const cli = fileURLToPath(new URL('../bin/backbone.mjs', import.meta.url));
  const { exitCode } = await execa(
    process.execPath,
    [cli, 'deploy', '*', '--auto-approve', '--json'],
    {
      cwd: fileURLToPath(new URL('..', import.meta.url)),
      env,
      extendEnv: false,
      reject: false,
      stdin: 'ignore',
      stdout: 'ignore',
      stderr: 'inherit',
    },
  );
  return exitCode === 0;
}

function sayWhatIsReal({ record }: Lab): void {
  const named = (kind: string) =>
    record.parts.filter((part) => part.kind === kind).map(({ name }) => name);
  say(`real: ${named('real').join(', ')}`);
  const doubles = [...named('double').map((name) => `${name} (double)`), ...named('stand-in')];
  say(colours.yellow(`NOT real: ${doubles.join(', ')}; see docs/lab.md`));
}

function summary(proofs: readonly Proof[]): string {
  const rows = proofs.map(({ part, claim, proved }) => [proved ? 'proved' : 'FAILED', part, claim]);
  const count = proofs.filter(({ proved }) => proved).length;
  return `${table(rows)}\n\n${String(count)} of ${String(proofs.length)} proved`;
}

function lookAround({ paths }: Lab): string {
  return `To look around:
  eval "$(npx backbone lab env)"          this shell speaks to the lab
  npx backbone plan                       nothing to change
  cdktf deploy '*' --auto-approve         the same by cdktf (npx cdktf)
  cd cdktf.out/stacks/openbao && terraform plan
  npx backbone secret list
  less ${paths.audit}/first.log
  npx backbone lab down                   leaves nothing behind
`;
}

try {
  process.exitCode = await start(process.argv.includes('--json'));
} catch (error) {
  if (!(error instanceof PartMissing || error instanceof LabBusy)) throw error;
  process.stderr.write(`${error.message}\n`);
  process.exitCode = 1;
}
