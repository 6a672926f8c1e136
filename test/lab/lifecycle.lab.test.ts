import { spawn } from 'node:child_process';
import { mkdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { isAlive } from '../../lab/processes/process.ts';
import { readRecord } from '../../lab/record.ts';
import { parseContract } from '../../src/contract/parse.ts';
import { labOfItsOwn, type RunningLab } from './running-lab.ts';

const cli = fileURLToPath(new URL('../../bin/backbone.mjs', import.meta.url));

let lab: RunningLab;
beforeEach(async () => {
  lab = await labOfItsOwn();
});
afterEach(async () => {
  await lab.remove();
});

const absent = (path: string) =>
  stat(path).then(
    () => false,
    () => true,
  );

it('leaves neither a process nor a file behind', async () => {
  expect(await lab.backbone(['lab', 'status'])).toMatchObject({ exitCode: 2 });
  const up = await lab.backbone(['lab', 'up']);
  expect(up, up.stderr).toMatchObject({ exitCode: 0 });
  const status = await lab.backbone(['lab', 'status']);
  expect(status).toMatchObject({ exitCode: 0 });
  for (const server of ['broker', 'feeder', 'envoy']) {
    expect(status.stdout).toMatch(new RegExp(`^${server} +waits for a deploy`, 'm'));
  }
  const { processes } = await lab.record();

  // A second one finds everything as it is.
  const again = await lab.backbone(['lab', 'up', '--json']);
  expect(again, again.stderr).toMatchObject({ exitCode: 0 });
  const { parts, processes: unchanged } = await lab.record();
  expect(unchanged).toEqual(processes);
  expect(JSON.parse(again.stdout)).toEqual({ directory: lab.paths.root, parts });

  const down = await lab.backbone(['lab', 'down']);
  expect(down).toMatchObject({ exitCode: 0, stdout: 'the lab is gone' });
  for (const id of Object.values(processes)) expect(await isAlive(id)).toBe(false);
  expect(await absent(lab.paths.root)).toBe(true);
  expect(await absent(lab.paths.lock)).toBe(true);
  expect(await lab.backbone(['lab', 'down'])).toMatchObject({ stdout: 'there was no lab' });
});

it('cleans up after one that was killed on its way up', async () => {
  const killed = spawn(process.execPath, [cli, 'lab', 'up'], {
    env: { ...process.env, BACKBONE_LAB: lab.paths.root },
    stdio: 'ignore',
  });
  const ended = new Promise((resolve) => killed.once('exit', resolve));
  // As soon as its first server runs.
  for (;;) {
    const record = await readRecord(lab.paths);
    if (typeof record === 'object' && Object.keys(record.processes).length > 0) break;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  killed.kill('SIGKILL');
  await ended;
  const { processes } = await lab.record();

  const up = await lab.backbone(['lab', 'up']);
  expect(up, up.stderr).toMatchObject({ exitCode: 0 });
  expect(up.stderr).toContain('cleaning up after a lab that was cut off');
  for (const id of Object.values(processes)) expect(await isAlive(id)).toBe(false);
  expect(await lab.backbone(['lab', 'status'])).toMatchObject({ exitCode: 0 });
});

it('lets two that start at once not get in each other’s way', async () => {
  const [one, other] = await Promise.all([
    lab.backbone(['lab', 'up']),
    lab.backbone(['lab', 'up']),
  ]);
  const statuses = [one.exitCode, other.exitCode].sort();
  expect(statuses, `${one.stderr}${other.stderr}`).toEqual([0, 1]);
  expect(`${one.stderr}${other.stderr}`).toContain('another command works on the lab');
  expect(await lab.backbone(['lab', 'status'])).toMatchObject({ exitCode: 0 });
});

it('cleans up after a record that was cut short', async () => {
  await mkdir(lab.paths.root, { recursive: true });
  await writeFile(lab.paths.record, '{"version": 1, "phase": "up", "por');
  const up = await lab.backbone(['lab', 'up']);
  expect(up, up.stderr).toMatchObject({ exitCode: 0 });
});

it('tells the client what it has to know, as the declaration stands', async () => {
  const up = await lab.backbone(['lab', 'up']);
  expect(up, up.stderr).toMatchObject({ exitCode: 0 });
  const contract = async () => {
    const { BACKBONE_CONTRACT: file = '' } = await lab.environment();
    return parseContract(JSON.parse(await readFile(file, 'utf8')));
  };
  const { ports } = await lab.record();
  expect(await contract()).toMatchObject({
    openbao: {
      addresses: [`https://127.0.0.1:${String(ports.openbao)}`],
      caCertificate: await readFile(lab.paths.caCertificate, 'utf8').then(
        (pem) => `${pem.trim()}\n`,
      ),
    },
    wrapTtl: { min: 30 },
  });

  const declared = await readFile(lab.paths.declaration, 'utf8');
  await writeFile(lab.paths.declaration, declared.replace('min: 30s', 'min: 40s'));
  expect(await contract()).toMatchObject({ wrapTtl: { min: 40 } });
});

it('removes no directory that is not a lab', async () => {
  await mkdir(lab.paths.root, { recursive: true });
  const precious = join(lab.paths.root, 'thesis.txt');
  await writeFile(precious, 'years of work');
  const down = await lab.backbone(['lab', 'down']);
  expect(down.exitCode).not.toBe(0);
  expect(down.stderr).toContain('not a lab');
  expect(await absent(precious)).toBe(false);
});
