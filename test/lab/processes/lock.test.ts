import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { execa } from 'execa';
import { beforeEach, describe, expect, it } from 'vitest';
import { exclusively, inTurn, LabBusy } from '../../../lab/processes/lock.ts';
import { identify } from '../../../lab/processes/process.ts';

describe('the lock of a lab', () => {
  let directory: string;
  let lock: string;

  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'lock-'));
    lock = join(directory, 'a', 'lab.lock');
    return () => rm(directory, { recursive: true });
  });

  it('lets one in at a time, all of them in the end, and leaves nothing', async () => {
    let inside = 0;
    const most: number[] = [];
    const work = async () => {
      inside += 1;
      most.push(inside);
      await delay(20);
      inside -= 1;
    };
    await Promise.all([1, 2, 3].map(() => inTurn(lock, work)));
    expect(most).toEqual([1, 1, 1]);
    expect(await readdir(join(directory, 'a'))).toEqual([]);
  });

  it('is refused while its holder lives, who is named', async () => {
    const second = () => exclusively(lock, () => Promise.resolve());
    await exclusively(lock, async () => {
      await expect(second()).rejects.toThrow(LabBusy);
      await expect(second()).rejects.toThrow(`pid ${String(process.pid)}`);
    });
    await second();
  });

  it('is taken from a holder that was killed, or left it empty', async () => {
    const killed = execa('sleep', ['60'], { reject: false });
    const holder = JSON.stringify(await identify(killed.pid ?? 0));
    killed.kill('SIGKILL');
    await killed;
    await exclusively(lock, () => Promise.resolve());
    for (const left of [holder, '']) {
      await writeFile(lock, left);
      expect(await exclusively(lock, () => Promise.resolve('in'))).toBe('in');
    }
  });
});
