import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';

const root = fileURLToPath(new URL('../..', import.meta.url));

/**
 * Tells of each signal, and ends its work a moment after the one that it waits for; after half a minute
 * without it, whatever came.
 */
const program = String.raw`
  trap 'echo INT; int=1' INT; trap 'echo TERM; term=1' TERM
  echo ready
  turns=0
  while [ -z "$int" ] || [ -n "$AWAIT_TERM" -a -z "$term" ]; do
    turns=$((turns + 1)); [ $turns -gt 300 ] && break
    sleep 0.1
  done
  sleep 0.5
  echo ended
`;

const parent = `
  import { execa } from 'execa';
  import { leavingInterrupts } from './src/terraform/interrupt.ts';
  const run = () => {
    const child = execa('sh', ['-c', process.env.PROGRAM], { stdio: 'inherit', reject: false });
    console.log('watching');
    return child;
  };
  await (process.env.PLAIN ? run() : leavingInterrupts(run));
  console.log('given up');
`;

/**
 * Both in a process group of their own, which gets SIGINT as a terminal sends it on Ctrl-C: once the program
 * is there, and once its parent has come to watch over it, which may be later on a busy machine.
 */
async function interrupted(env: Record<string, string>): Promise<readonly string[]> {
  const group = spawn(process.execPath, ['--import', 'tsx', '--input-type=module', '-e', parent], {
    cwd: root,
    env: { ...process.env, PROGRAM: program, ...env },
    detached: true,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const { pid } = group;
  if (pid === undefined) throw new Error('node did not start');
  let text = '';
  let sent = false;
  group.stdout.setEncoding('utf8').on('data', (chunk: string) => {
    text += chunk;
    if (sent || !text.includes('ready') || !text.includes('watching')) return;
    sent = true;
    process.kill(-pid, 'SIGINT');
  });
  await once(group.stdout, 'close');
  return text
    .trim()
    .split('\n')
    .filter((line) => line !== 'watching');
}

it('leaves Ctrl-C to the program, which gets one signal, and goes on after it', async () => {
  expect(await interrupted({})).toEqual(['ready', 'INT', 'ended', 'given up']);
});

it('would otherwise end first and send a second signal', async () => {
  expect(await interrupted({ PLAIN: '1', AWAIT_TERM: '1' })).toEqual([
    'ready',
    'INT',
    'TERM',
    'ended',
  ]);
});
