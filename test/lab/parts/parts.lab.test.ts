import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, readdir, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { execa } from 'execa';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { cacheRoot } from '../../../lab/parts/cache.ts';
import { onPath } from '../../../src/terraform/binary.ts';

const root = fileURLToPath(new URL('../../..', import.meta.url));
let home: string;

beforeAll(async () => {
  home = await mkdtemp(join(tmpdir(), 'parts-'));
});

afterAll(async () => {
  await rm(home, { recursive: true, force: true });
});

const script = (source: string) => ['--import', 'tsx', '--input-type=module', '-e', source];

describe('a builder that is killed half-way', () => {
  it('leaves no part, and the next one builds it and clears up', async () => {
    const program = (rest: string) => `
      import { writeFile } from 'node:fs/promises';
      import { cached } from './lab/parts/cache.ts';
      const { built } = await cached('tool/1', async (directory) => {
        await writeFile(directory + '/tool', 'half');
        ${rest}
      }, 'tool');
      console.log(built);`;
    const env = { ...process.env, XDG_CACHE_HOME: join(home, 'killed') };
    const hangs = "console.log('filling'); await new Promise((r) => setInterval(r, 2 ** 30));";
    const builder = spawn(process.execPath, script(program(hangs)), { cwd: root, env });
    await once(builder.stdout, 'data');
    const place = join(home, 'killed', 'credential-backbone', 'tool');
    expect(await readdir(place)).toEqual([expect.stringContaining(`-${String(builder.pid)}-`)]);
    builder.kill('SIGKILL');
    await once(builder, 'exit');

    const next = await execa(process.execPath, script(program('')), { cwd: root, env });
    expect(next.stdout).toBe('true');
    expect(await readdir(place)).toEqual(['1']);
  });
});

// The two toolchains come from PyPI into the usual cache (about 170 MB, once); Go's own build cache makes
// a second run of this test quick.
describe.runIf(process.platform === 'linux')('a machine with neither Go nor a C compiler', () => {
  it('still builds and runs aws_signing_helper', { timeout: 600_000 }, async () => {
    const usual = join(cacheRoot(), 'python');
    await mkdir(usual, { recursive: true });
    const cache = join(home, 'bare', 'credential-backbone');
    await mkdir(cache, { recursive: true });
    await symlink(usual, join(cache, 'python'));
    const bin = join(home, 'bin');
    await mkdir(bin);
    const python = (await onPath('python3')) ?? (await onPath('python'));
    if (python === undefined) throw new Error('this test needs Python');
    const { stdout } = await execa(python, ['-c', 'import sys; print(sys.executable)']);
    await symlink(stdout, join(bin, 'python3'));

    const env: NodeJS.ProcessEnv = {
      ...process.env,
      PATH: bin,
      CC: '',
      XDG_CACHE_HOME: join(home, 'bare'),
      GOCACHE: join(cacheRoot(), '..', 'go-build'),
    };
    const source = `
      import { goTool, goTools } from './lab/parts/go.ts';
      const { path, source } = await goTool(goTools.awsSigningHelper, (line) => console.error(line));
      console.log(source + ' ' + path);`;
    const { stdout: answer, stderr } = await execa(process.execPath, script(source), {
      cwd: root,
      env,
      extendEnv: false,
    });
    const [how = '', path = ''] = answer.split(' ');
    expect(how).toBe('built');
    expect(stderr).toContain('building aws-signing-helper');
    const help = await execa(path, ['credential-process', '--help'], { env, extendEnv: false });
    expect(help.stdout).toContain('--trust-anchor-arn');
  });
});
