import { mkdir, mkdtemp, readdir, rm, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import { beforeEach, describe, expect, it } from 'vitest';

const hour = 3_600_000;

/** The program with its places moved, on a node that leads or not; a full disk is one that refuses to sync. */
const driver = `
import errno, importlib.machinery, importlib.util, os, sys
loader = importlib.machinery.SourceFileLoader("s", "ansible/roles/openbao_snapshot/files/openbao-snapshot.py")
s = importlib.util.module_from_spec(importlib.util.spec_from_loader("s", loader))
loader.exec_module(s)
directory, verb, state = sys.argv[1:]
s.CONFIG, s.DIRECTORY = os.path.join(directory, "snapshot.json"), os.path.join(directory, "snapshots")
s.leads = lambda *_: state != "standby"
if verb == "list":
    print("\\n".join(s.snapshots()))
    sys.exit()
def full(*_):
    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
if state == "full":
    s.os.fsync = full
    s.OpenBao.log_in = s.OpenBao.call = lambda *_: None
    s.credential = lambda name: ""
    s.OpenBao.open = lambda *_: open(s.CONFIG, "rb")
sys.argv = ["openbao-snapshot", verb]
sys.exit(s.main())
`;

describe('the check of snapshots', () => {
  let directory: string;
  const file = (name: string) => join(directory, 'snapshots', name);
  const run = (verb: string, state: 'leader' | 'standby' | 'full' = 'leader') =>
    execa('python3', ['-c', driver, directory, verb, state], {
      env: { PYTHONDONTWRITEBYTECODE: '1' },
      reject: false,
    });
  const hoursAgo = (hours: number) => Math.floor((Date.now() - hours * hour) / 1000);
  const write = (name: string, content: object) => writeFile(file(name), JSON.stringify(content));
  const last = (hours: number) => write('last.json', { time: hoursAgo(hours) });
  const drilled = (hours: number) => write('drill.json', { time: hoursAgo(hours), result: 'good' });
  const leadsFor = (hours: number) => write('leads.json', { since: hoursAgo(hours) });

  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'check-'));
    await mkdir(join(directory, 'snapshots'));
    const config = join(directory, 'snapshot.json');
    await writeFile(
      config,
      JSON.stringify({
        ...{ url: '', ca: '', keep: 2, destination: { kind: 'none' } },
        ...{ max_age_hours: 13, max_drill_age_hours: 192 },
      }),
    );
    // A host that is not new.
    await utimes(config, hoursAgo(1000), hoursAgo(1000));
    return () => rm(directory, { recursive: true, force: true });
  });

  it('is content with those that are recent', async () => {
    await last(12);
    await drilled(191);
    await leadsFor(1000);
    expect(await run('check')).toMatchObject({ exitCode: 0, stderr: '' });
    await last(14);
    const { exitCode, stderr } = await run('check');
    expect(exitCode).toBe(1);
    expect(stderr).toBe('check: the last snapshot is 14 hours old, allowed are 13');
  });

  it('gives a new leader until the first of each is due, and no longer', async () => {
    expect(await run('check')).toMatchObject({ exitCode: 0 });
    // A leader of long ago has old ones.
    await last(500);
    await drilled(500);
    expect(await run('check')).toMatchObject({ exitCode: 0 });
    await leadsFor(14);
    const { stderr } = await run('check');
    expect(stderr).toContain('the last snapshot is 500 hours old');
    expect(stderr).not.toContain('drill');
    await rm(file('last.json'));
    expect((await run('check')).stderr).toBe('check: there is no snapshot');
    // It begins anew after it was a standby.
    expect(await run('check', 'standby')).toMatchObject({ exitCode: 0 });
    expect(await run('check')).toMatchObject({ exitCode: 0 });
  });

  it('takes no time to come for a recent one, of the snapshot or of its own', async () => {
    await drilled(1);
    await leadsFor(14);
    await last(-24);
    const { exitCode, stderr } = await run('check');
    expect(exitCode).toBe(1);
    expect(stderr).toContain('the last snapshot is of a time to come');
    await last(14);
    await leadsFor(-24);
    expect(await run('check')).toMatchObject({ exitCode: 0 });
    await leadsFor(14);
    expect(await run('check')).toMatchObject({ exitCode: 1 });
  });

  it('has no snapshot of a time to come for the newest', async () => {
    for (const day of ['20990101', '20250102', '20250101']) {
      await writeFile(file(`${day}T000000Z-bao.snap`), '');
    }
    expect((await run('list')).stdout.split('\n')).toEqual([
      '20990101T000000Z-bao.snap',
      '20250101T000000Z-bao.snap',
      '20250102T000000Z-bao.snap',
    ]);
  });

  it('says that the disk is full, and leaves nothing on it', async () => {
    const { exitCode, stderr } = await run('take', 'full');
    expect(exitCode).toBe(1);
    expect(stderr).toBe('take: No space left on device');
    expect(await readdir(join(directory, 'snapshots'))).toEqual([]);
  });
});
