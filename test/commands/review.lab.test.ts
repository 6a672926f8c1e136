import { mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { execa } from 'execa';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

const cwd = fileURLToPath(new URL('../../', import.meta.url));
const git = (...args: readonly string[]) => execa('git', args, { cwd, reject: false });
const repository = (await git('rev-parse', '--verify', 'HEAD^{commit}')).exitCode === 0;
const apart = ['unshare', '--map-root-user', '--net'] as const;
const alone =
  (await execa(apart[0], [...apart.slice(1), 'true'], { reject: false })).exitCode === 0;

// Its own, so that nobody else's review is taken for one of these.
let temporary: string;
beforeEach(async () => {
  temporary = await mkdtemp(join(tmpdir(), 'review-test-'));
});
afterEach(async () => {
  await rm(temporary, { recursive: true, force: true });
  await git('worktree', 'prune');
});

const env = () => ({ PATH: process.env['PATH'] ?? '', TMPDIR: temporary });
const command = [
  process.execPath,
  'bin/backbone.mjs',
  'review',
  '--base',
  'HEAD',
  '--json',
] as const;
const left = async () => {
  const { stdout } = await git('worktree', 'list', '--porcelain');
  const directories = await readdir(temporary);
  // tsx keeps a cache of its own there.
  return [
    stdout.includes(temporary),
    directories.filter((one) => one.startsWith('backbone')),
  ] as const;
};

describe.runIf(repository)('backbone review', () => {
  it.runIf(alone)(
    'needs no network and no credential: in a namespace without an interface that is up (skipped without unshare)',
    async () => {
      const links = await execa(apart[0], [...apart.slice(1), 'cat', '/proc/net/route']);
      expect(links.stdout.trim().split('\n')).toHaveLength(1);
      const { stdout, exitCode } = await execa(apart[0], [...apart.slice(1), ...command], {
        ...{ cwd, env: env(), extendEnv: false, reject: false, stdin: 'ignore' },
      });
      expect([0, 2, 3]).toContain(exitCode);
      expect(JSON.parse(stdout)).toMatchObject({ version: 1 });
      expect(await left()).toEqual([false, []]);
    },
  );

  it('ended in the middle it leaves no worktree', async () => {
    const [node, ...args] = command;
    const running = execa(node, args, {
      ...{ cwd, env: env(), extendEnv: false, reject: false, stdin: 'ignore' },
    });
    while (!(await left())[0] && running.exitCode === null) {
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    running.kill('SIGTERM');
    const { exitCode, stdout } = await running;
    expect(exitCode).toBe(1);
    expect(stdout).toContain('ended before it was done');
    expect(await left()).toEqual([false, []]);
  });

  it('killed in the middle it does not hinder the next one', async () => {
    const [node, ...args] = command;
    const options = { cwd, env: env(), extendEnv: false, reject: false, stdin: 'ignore' } as const;
    const running = execa(node, args, options);
    while (!(await left())[0] && running.exitCode === null) {
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    running.kill('SIGKILL');
    await running;
    const { exitCode } = await execa(node, args, options);
    expect([0, 2, 3]).toContain(exitCode);
  });

  it('a side that the guardrails refuse is reviewed all the same', async () => {
    const clone = join(temporary, 'clone');
    await execa('git', ['clone', '--quiet', '--local', cwd, clone]);
    for (const name of ['node_modules', '.gen']) await symlink(join(cwd, name), join(clone, name));
    const file = join(clone, 'backbone.yaml');
    const text = await readFile(file, 'utf8');
    const refused = text.replace(
      /kind: roles-anywhere\n(?: {4}\S.*\n)+/,
      'kind: broker-key\n    principalArn: arn:aws:iam::111122223333:role/openbao-key\n',
    );
    expect(refused).not.toBe(text);
    await writeFile(file, refused);
    const [node, ...args] = command;
    const options = { cwd: clone, env: env(), extendEnv: false, reject: false } as const;
    const { exitCode, stdout, stderr } = await execa(node, args, options);
    expect(exitCode, stderr).toBe(3);
    // What refuses it is shown, and what it would give is told.
    expect(stderr).toContain('aws-static-broker-key');
    expect(stdout).toContain('AWS role openbao-broker');
  });

  it('a plan that is not of head is refused, and nothing of it is shown', async () => {
    const plan = join(temporary, 'openbao.json');
    const resource_changes: unknown[] = [];
    const root_module = {
      resources: [
        {
          ...{ address: 'vault_policy.other', mode: 'managed' },
          expressions: { policy: { constant_value: 'CANARY-77' } },
        },
      ],
    };
    await writeFile(
      plan,
      JSON.stringify({ format_version: '1.2', resource_changes, configuration: { root_module } }),
    );
    const [node, ...args] = command;
    const options = { cwd, env: env(), extendEnv: false, reject: false } as const;
    const ran = await execa(node, [...args, '--plan', plan], options);
    expect(ran.exitCode, ran.stderr).toBe(1);
    expect(ran.stdout).toContain('made from something else than head: vault_policy.other differs');
    expect(ran.stdout + ran.stderr).not.toContain('CANARY');
  });
});

describe.runIf(repository)('backbone graph --base', () => {
  it('draws both sides, and leaves nothing', async () => {
    const [node] = command;
    const args = ['bin/backbone.mjs', 'graph', '--base', 'HEAD', '--json'];
    const options = { cwd, env: env(), extendEnv: false, reject: false } as const;
    const { exitCode, stdout, stderr } = await execa(node, args, options);
    expect(exitCode, stderr).toBe(0);
    expect(JSON.parse(stdout)).toHaveProperty('review.base', 'HEAD');
    expect(await left()).toEqual([false, []]);
  });
});
