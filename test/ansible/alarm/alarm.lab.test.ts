import { chmod, mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import { beforeEach, describe, expect, it } from 'vitest';

const program = 'ansible/roles/alarm/files/backbone-alarm.py';
const unit = 'openbao-watch.service';

/** The program with its directories moved, and with what the journal would say. */
const driver = `
import importlib.machinery, importlib.util, os, sys
loader = importlib.machinery.SourceFileLoader("a", ${JSON.stringify(program)})
a = importlib.util.module_from_spec(importlib.util.spec_from_loader("a", loader))
loader.exec_module(a)
a.CONFIG, a.STATE = os.environ["ALARM_CONFIG"], os.environ["ALARM_STATE"]
if "SAID" in os.environ:
    a.said_by = lambda unit: os.environ["SAID"]
sys.exit(a.main())
`;

describe('the alarm of a failed unit', () => {
  let directory: string;
  const path = (name: string) => join(directory, name);
  const record = () => path(`state/${unit}.json`);
  const fails = async (said: string): Promise<number> => {
    const run = await execa('python3', ['-c', driver, unit], {
      env: {
        ...{ ALARM_CONFIG: path('alarm.json'), ALARM_STATE: path('state'), SAID: said },
        PYTHONDONTWRITEBYTECODE: '1',
      },
      reject: false,
    });
    expect(run.stderr).toBe('');
    return run.exitCode ?? -1;
  };
  const reachable = (yes: boolean) =>
    writeFile(
      path('tell'),
      `#!/bin/sh\n${yes ? `cat >> ${path('told')}; echo >> ${path('told')}` : 'exit 7'}\n`,
    );
  const told = async () => {
    const text = await readFile(path('told'), 'utf8').catch(() => '');
    return text.split('\n').filter((line) => line !== '');
  };

  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'alarm-'));
    await mkdir(path('state'));
    await reachable(true);
    await chmod(path('tell'), 0o755);
    await writeFile(
      path('alarm.json'),
      JSON.stringify({ command: [path('tell')], repeat_seconds: 3600 }),
    );
    return () => rm(directory, { recursive: true, force: true });
  });

  it('is told once, and another reason at once', async () => {
    for (const reason of ['sealed', 'sealed', 'full']) expect(await fails(reason)).toBe(0);
    const lines = await told();
    expect(lines).toHaveLength(2);
    expect(lines[0]).toContain(`${unit} failed: sealed`);
    expect(lines[1]).toContain(`${unit} failed: full`);
  });

  it('is told again where nobody took it the first time', async () => {
    await reachable(false);
    expect(await fails('sealed')).toBe(1);
    await reachable(true);
    expect(await fails('sealed')).toBe(0);
    expect(await told()).toHaveLength(1);
    expect(await fails('sealed')).toBe(0);
    expect(await told()).toHaveLength(1);
  });

  it('is told where its own record cannot be written, as on a full disk', async () => {
    await rm(path('state'), { recursive: true });
    expect(await fails('full')).toBe(0);
    expect(await fails('full')).toBe(0);
    expect(await told()).toHaveLength(2);
  });

  it('is told where its reason cannot be had, as nothing answers for the journal', async () => {
    const { stdout: python } = await execa('python3', ['-c', 'import sys; print(sys.executable)']);
    await mkdir(path('bin'));
    await symlink('/bin/cat', path('bin/cat'));
    await writeFile(path('bin/journalctl'), '#!/bin/sh\nexit 1\n', { mode: 0o755 });
    for (const result of ['exit-code', 'timeout']) {
      const run = await execa(python, ['-c', driver, unit], {
        env: {
          ...{ ALARM_CONFIG: path('alarm.json'), ALARM_STATE: path('state'), PATH: path('bin') },
          ...{ MONITOR_SERVICE_RESULT: result, PYTHONDONTWRITEBYTECODE: '1' },
        },
        extendEnv: false,
        reject: false,
      });
      expect(run).toMatchObject({ exitCode: 0, stderr: '' });
      await rm(path('bin/journalctl'), { force: true });
    }
    const lines = await told();
    expect(lines[0]).toContain(`${unit} failed: exit-code`);
    expect(lines[1]).toContain(`${unit} failed: timeout`);
  });

  it('is told where the record of the last one is cut, or is from a clock that was wrong', async () => {
    await writeFile(record(), '{"unit": "openb');
    expect(await fails('sealed')).toBe(0);
    const last = JSON.parse(await readFile(record(), 'utf8')) as { time: number };
    await writeFile(record(), JSON.stringify({ ...last, time: last.time + 100_000 }));
    expect(await fails('sealed')).toBe(0);
    expect(await told()).toHaveLength(2);
  });
});
