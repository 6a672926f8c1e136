import { mkdir, mkdtemp, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import { afterAll, beforeEach, describe, expect, it } from 'vitest';

const program = 'ansible/roles/openbao/files/openbao-kept.py';

/**
 * Verbs of the program on directories of the test, one order a line, each in a process of its own. One with `cut`
 * ends at that change of the file system: the opening of a file for writing (a full disk), a rename or a removal
 * (a kill before it). Each look at the clock finds another second.
 */
const driver = `
import importlib.machinery, importlib.util, io, itertools, json, os, sys, time
loader = importlib.machinery.SourceFileLoader("k", ${JSON.stringify(program)})
k = importlib.util.module_from_spec(importlib.util.spec_from_loader("k", loader))
loader.exec_module(k)
gmtime, real_open, seconds = time.gmtime, os.open, itertools.count()
def counted(real, left):
    def change(*args, **more):
        if real is not real_open or args[1] & os.O_WRONLY:
            left[0] -= 1
            if left[0] == 0:
                os._exit(137)
        return real(*args, **more)
    return change
for line in sys.stdin:
    order, second = json.loads(line), next(seconds)
    out, into = os.pipe()
    err, errors = os.pipe()
    if os.fork() == 0:
        os.dup2(into, 1)
        os.dup2(errors, 2)
        left, sys.stdin = [order["cut"]], io.StringIO(order["input"])
        k.time.gmtime = lambda: gmtime(second)
        k.DIRECTORY, k.RUNNING, k.DATA = (os.path.join(order["host"], name) for name in ("kept", "running", "data"))
        for name in ("open", "replace", "rename", "unlink"):
            setattr(os, name, counted(getattr(os, name), left))
        getattr(k, order["verb"])()
        sys.exit(0)
    os.close(into)
    os.close(errors)
    said = [os.fdopen(end).read().strip() for end in (out, err)]
    code = os.waitstatus_to_exitcode(os.wait()[1])
    print(json.dumps({"exitCode": code, "stdout": said[0], "stderr": said[1]}), flush=True)
`;

interface Done {
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
}

interface Kept {
  readonly id: string;
  readonly key: string;
  readonly previous: readonly [id: string, key: string] | undefined;
}

describe('openbao-kept', () => {
  let root: string;
  const python = execa('python3', ['-c', driver], { env: { PYTHONDONTWRITEBYTECODE: '1' } });
  const answers = python.iterable();
  const kept = (name: string, host = root) => join(host, 'kept', name);
  const run = async (verb: string, { cut = 0, host = root, input = '' } = {}) => {
    python.stdin.write(`${JSON.stringify({ verb, cut, host, input })}\n`);
    return JSON.parse(String((await answers.next()).value)) as Done;
  };
  const good = async (...args: Parameters<typeof run>) => {
    const done = await run(...args);
    expect(done.exitCode, done.stderr).toBe(0);
    return done.stdout;
  };
  const exported = async (host = root): Promise<Kept> => {
    const said = JSON.parse(await good('export', { host })) as Record<string, string>;
    const text = (name: string) => Buffer.from(said[name] ?? '', 'base64').toString('latin1');
    return {
      ...{ id: text('seal-key-id'), key: text('seal-key') },
      previous:
        'previous-seal-key-id' in said
          ? [text('previous-seal-key-id'), text('previous-seal-key')]
          : undefined,
    };
  };
  const files = async (host = root) => (await readdir(kept('', host))).sort();
  const keys = async (host = root) => (await readdir(kept('seal-keys', host))).sort();
  /** What systemd hands over at a start: all keys that there are. */
  const start = async (host = root) => {
    await rm(join(host, 'running'), { recursive: true, force: true });
    await mkdir(join(host, 'running'));
    for (const id of await keys(host)) {
      const key = await readFile(kept(`seal-keys/${id}`, host));
      await writeFile(join(host, 'running', `seal-key_${id}`), key);
    }
  };
  const newHost = async () => {
    const made = await mkdtemp(join(tmpdir(), 'kept-'));
    await mkdir(join(made, 'data', 'raft'), { recursive: true });
    return made;
  };

  afterAll(async () => {
    python.stdin.end();
    await python;
  });
  beforeEach(async () => {
    root = await newHost();
    return () => rm(root, { recursive: true, force: true });
  });

  it('makes key and passwords once, wherever it was cut off before', async () => {
    for (let cut = 1; (await run('make', { cut })).exitCode === 137; cut += 1);
    const first = await exported();
    expect(Buffer.from(first.key, 'latin1')).toHaveLength(32);
    expect(await good('make')).toContain('there is a seal key');
    expect(await exported()).toEqual(first);
  });

  it('rotates to another key, and the old one stays until the server did without', async () => {
    await good('make');
    const old = await exported();
    const [from, to] = (await good('rotate')).split(' ');
    const both = await exported();
    expect(both.previous).toEqual([old.id, old.key]);
    expect([from, to]).toEqual([old.id, both.id]);
    expect(both.id).not.toBe(old.id);
    expect(both.key).not.toBe(old.key);
    // No start of before may be followed by the end of the old key.
    expect((await run('forget')).stderr).toContain('did not start with');
    await start();
    expect((await run('finish')).stderr).toContain('two keys are in use');
    await good('forget');
    expect(await keys()).toHaveLength(2);
    await good('finish');
    expect(await exported()).toEqual({ id: both.id, key: both.key, previous: undefined });
    expect(await keys()).toEqual([both.id]);
    expect(await files()).toEqual(['host-snapshot', 'host-verify', 'seal-key-id', 'seal-keys']);
  });

  it('goes on with a rotation, wherever it was cut off', async () => {
    let cut = 1;
    for (; ; cut += 1) {
      await rm(kept(''), { recursive: true, force: true });
      await good('make');
      const old = await exported();
      const { exitCode } = await run('rotate', { cut });
      // Whatever is there now opens the data, and is exported whole.
      const then = await exported();
      expect([[then.id, then.key], then.previous], String(cut)).toContainEqual([old.id, old.key]);
      await good('rotate');
      const both = await exported();
      expect(both.previous).toEqual([old.id, old.key]);
      expect(both.key).not.toBe(old.key);
      expect(both.id).not.toBe(old.id);
      await good('rotate');
      expect(await exported()).toEqual(both);
      if (exitCode !== 137) break;
    }
    expect(cut).toBeGreaterThan(8);
  });

  it('goes on from a cut end to the same new key', async () => {
    for (let cut = 1; ; cut += 1) {
      await rm(kept(''), { recursive: true, force: true });
      await good('make');
      const old = await exported();
      await good('rotate');
      await start();
      const both = await exported();
      await good('forget');
      const { exitCode } = await run('finish', { cut });
      if (exitCode !== 137) break;
      expect((await exported()).id).toBe(both.id);
      // As the playbook does when it is run again.
      expect(await good('rotate')).toBe(`${old.id} ${both.id}`);
      await good('forget');
      await good('finish');
      expect(await exported()).toEqual({ ...both, previous: undefined });
      expect(await keys()).toEqual([both.id]);
    }
  });

  it('rotates where an import has left a previous key, once the server has started with the current one', async () => {
    await good('make');
    const first = await exported();
    await good('rotate');
    const copy = await good('export');
    const other = await newHost();
    await good('import_', { host: other, input: copy });
    const second = await exported(other);
    expect(second.previous?.[0]).toBe(first.id);
    expect((await run('rotate', { host: other })).stderr).toContain('restart it first');
    await start(other);
    await good('rotate', { host: other });
    const third = await exported(other);
    expect([first.key, second.key]).not.toContain(third.key);
    expect(third.previous).toEqual([second.id, second.key]);
    await rm(other, { recursive: true });
  });

  it('takes the new key on another node, once and again, and from no strange cluster', async () => {
    await good('make');
    const node = await newHost();
    await good('import_', { host: node, input: await good('export') });
    const old = await exported(node);
    await good('rotate');
    const copy = await good('export');
    await good('follow', { host: node, input: copy });
    expect(await exported(node)).toEqual(await exported());
    await start(node);
    await good('forget', { host: node });
    await good('finish', { host: node });
    // The others were cut off: all go through it once more.
    await good('follow', { host: node, input: copy });
    expect((await exported(node)).previous).toEqual([old.id, old.key]);
    const strange = await newHost();
    await mkdir(kept('seal-keys', strange), { recursive: true });
    await writeFile(kept('seal-key-id', strange), '19990101T000000Z');
    const refused = await run('follow', { host: strange, input: copy });
    expect(refused.stderr).toContain('the seal key of this host is 19990101T000000Z');
    for (const host of [node, strange]) await rm(host, { recursive: true });
  });

  it('starts no rotation from a key that is not there', async () => {
    await good('make');
    const { id } = await exported();
    await rename(kept(`seal-keys/${id}`), join(root, 'lost'));
    expect((await run('rotate')).stderr).toContain('`import` it first');
    expect(await files()).not.toContain('rotation');
  });

  it('exports and takes back a lost key that the running server still has, and no other', async () => {
    await good('make');
    const before = await exported();
    await start();
    await rm(kept(`seal-keys/${before.id}`));
    const copy = await good('export');
    expect(await good('import_', { input: copy })).toBe(`wrote seal-keys/${before.id}`);
    expect(await exported()).toEqual(before);
    expect(await good('import_', { input: copy })).toBe('everything was there');

    await rm(kept(`seal-keys/${before.id}`));
    await rm(join(root, 'running'), { recursive: true });
    expect((await run('export')).stderr).toContain('neither in');
    const other = await newHost();
    await good('make', { host: other });
    const id = Buffer.from('19990101T000000Z').toString('base64');
    const wrong = { ...(JSON.parse(await good('export', { host: other })) as object) };
    const input = JSON.stringify({ ...wrong, 'seal-key-id': id });
    expect((await run('import_', { input })).stderr).toContain('this copy holds 19990101T000000Z');
    await rm(other, { recursive: true });
  });

  it('takes a copy of before a rotation beside the key of the host', async () => {
    await good('make');
    const old = await exported();
    const copy = await good('export');
    await good('rotate');
    expect((await run('beside', { input: copy })).stderr).toContain('a rotation is under way');
    await start();
    await good('forget');
    await good('finish');
    const own = await exported();
    await good('beside', { input: copy });
    expect(await exported()).toEqual({ ...own, previous: [old.id, old.key] });
    // A copy of the same key adds nothing.
    await good('forget');
    await good('beside', { input: await good('export') });
    expect(await exported()).toEqual(own);
  });

  it('refuses what is no copy, and writes nothing', async () => {
    for (const input of ['', 'age-encryption.org/v1', '{}', '{"seal-key":"AAAA"}']) {
      const refused = await run('import_', { input });
      expect(refused.exitCode).toBe(1);
      expect(refused.stderr).toContain('refused');
    }
    await expect(readdir(kept(''))).rejects.toThrow('ENOENT');
  });

  it('moves data aside within its directory, also where it was cut off', async () => {
    const data = join(root, 'data');
    await writeFile(join(data, 'vault.db'), 'x');
    await mkdir(join(data, 'lost+found'));
    await run('aside', { cut: 2 });
    await good('aside');
    const [kept = '', ...others] = (await readdir(data)).sort();
    expect(others).toEqual(['lost+found']);
    expect(kept).toMatch(/^before-\d{8}T\d{6}Z$/);
    expect((await readdir(join(data, kept))).sort()).toEqual(['raft', 'vault.db']);
  });
});
