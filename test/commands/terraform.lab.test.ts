import { chmod, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { execa } from 'execa';
import { afterEach, beforeEach, expect, it } from 'vitest';

const root = fileURLToPath(new URL('../..', import.meta.url));

/** A stand-in for Terraform: in every plan it destroys one resource. */
const terraform = `#!/bin/sh
case "$*" in
  version*) echo '{"terraform_version": "1.11.4"}' ;;
  plan*) exit 2 ;;
  show*) echo '{"resource_changes": [{"address": "a", "type": "b", "change": {"actions": ["delete"]}}]}' ;;
esac
`;

let directory: string;

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'commands-'));
  await writeFile(join(directory, 'terraform'), terraform);
  await chmod(join(directory, 'terraform'), 0o755);
});

afterEach(async () => {
  await rm(directory, { recursive: true, force: true });
});

/** A command on the example declaration; what it prints and the command lines that it announced. */
async function backbone(...args: readonly string[]) {
  const { exitCode, stdout, stderr } = await execa(
    process.execPath,
    [join(root, 'bin', 'backbone.mjs'), ...args, '--file', join(root, 'backbone.yaml')],
    {
      cwd: directory,
      env: {
        PATH: process.env['PATH'] ?? '',
        HOME: directory,
        TERRAFORM_BINARY_NAME: join(directory, 'terraform'),
        CDKTF_OUTDIR: join(directory, 'cdktf.out'),
      },
      extendEnv: false,
      reject: false,
      stdin: 'ignore',
    },
  );
  const ran = stderr
    .split('\n')
    .flatMap((line) => /^\$ \S*terraform -chdir=\S+ (.*)$/.exec(line)?.[1] ?? []);
  return { exitCode, stdout, stderr, ran };
}

const plan = 'plan -input=false -detailed-exitcode -out=plan';
const show = 'show -json plan';

it('plans without a lock, and shows every command that is run', async () => {
  const { ran, stdout, exitCode } = await backbone('plan', 'host', '--json');
  expect(ran).toEqual(['init -input=false', `${plan} -lock=false`, show]);
  expect(JSON.parse(stdout)).toEqual([
    { stack: 'host', outcome: 'changes', add: 0, change: 0, remove: 1 },
  ]);
  expect(exitCode).toBe(2);
});

it('leaves a plan for a review, readable for its owner alone', async () => {
  const { exitCode, stderr } = await backbone('plan', 'host', '--out', join(directory, 'plans'));
  expect(exitCode, stderr).toBe(2);
  const file = join(directory, 'plans', 'host.json');
  expect(JSON.parse(await readFile(file, 'utf8'))).toHaveProperty('resource_changes');
  expect((await stat(file)).mode & 0o777).toBe(0o600);
});

it('destroys with a lock, and says as JSON what it did', async () => {
  const { ran, stdout } = await backbone('destroy', 'host', '--auto-approve', '--json');
  expect(ran).toContain(`${plan} -destroy -lock-timeout=60s`);
  expect(ran.filter((line) => line === show)).toHaveLength(2);
  expect(ran.at(-1)).toBe('apply -input=false plan');
  expect(JSON.parse(stdout)).toEqual([{ stack: 'host', outcome: 'destroyed' }]);
});

it('synthesizes, and says as JSON where and what', async () => {
  const { stdout, stderr } = await backbone('synth', '--json');
  expect(JSON.parse(stdout), stderr).toEqual({
    output: 'cdktf.out',
    stacks: ['host', 'aws-trust', 'openbao', 'engines', 'infisical'],
  });
});
