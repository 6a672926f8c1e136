import { mkdir, mkdtemp, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import { beforeAll, describe, expect, it } from 'vitest';
import { until } from '../site.ts';
import { startRaftNodes, type RaftNode, type RaftNodes } from './raft-nodes.ts';

const programs = {
  watch: 'ansible/roles/openbao/files/openbao-watch.py',
  snapshot: 'ansible/roles/openbao_snapshot/files/openbao-snapshot.py',
} as const;

/** A program with its places moved; it waits this long for a new leader. */
const driver = `
import importlib.machinery, importlib.util, os, sys
program, settle, directory, *arguments = sys.argv[1:]
loader = importlib.machinery.SourceFileLoader("p", program)
p = importlib.util.module_from_spec(importlib.util.spec_from_loader("p", loader))
loader.exec_module(p)
p.SETTLE_SECONDS = int(settle)
p.CONFIG, p.DIRECTORY = os.path.join(directory, "snapshot.json"), os.path.join(directory, "snapshots")
sys.argv = [program, *arguments]
sys.exit(p.main())
`;

/** Each test goes on from the one before. */
describe('a node of three OpenBao servers', () => {
  let directory: string;
  let cluster: RaftNodes;
  let left: readonly RaftNode[];
  const file = (name: string) => join(directory, name);
  const run = (program: keyof typeof programs, settle: number, ...args: readonly string[]) =>
    execa('python3', ['-c', driver, programs[program], String(settle), directory, ...args], {
      env: { CREDENTIALS_DIRECTORY: file('credentials'), PYTHONDONTWRITEBYTECODE: '1' },
      reject: false,
    });
  const watch = async (node: RaftNode, settle: number) => {
    const config = {
      ...{ url: node.url, ca: cluster.caFile, directories: [directory] },
      ...{ free_percent: 0, free_mib: 0 },
      ...{ certificate: cluster.certificateFile, certificate_days: 1 },
    };
    await writeFile(file('watch.json'), JSON.stringify(config));
    return run('watch', settle, file('watch.json'));
  };
  const snapshot = async (verb: 'take' | 'check', node: RaftNode, settle: number) => {
    const config = {
      ...{ url: node.url, ca: cluster.caFile, keep: 3, recipients: [] },
      ...{ destination: { kind: 'none' }, max_age_hours: 13, max_drill_age_hours: 192 },
    };
    await writeFile(file('snapshot.json'), JSON.stringify(config));
    return run('snapshot', settle, verb);
  };
  const withState = async (nodes: readonly RaftNode[], wanted: string) => {
    const states = await Promise.all(nodes.map((node) => node.state()));
    return nodes.filter((_, index) => states[index] === wanted);
  };
  const one = async (nodes: readonly RaftNode[], wanted: string): Promise<RaftNode> => {
    const [found] = await until(
      wanted,
      () => withState(nodes, wanted),
      ({ length }) => length > 0,
    );
    if (found === undefined) throw new Error(`no node is ${wanted}`);
    return found;
  };

  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), 'majority-'));
    await mkdir(file('snapshots'));
    await mkdir(file('credentials'));
    cluster = await startRaftNodes(directory);
    await writeFile(file('credentials/host-snapshot'), await readFile(file('password'), 'utf8'));
    left = cluster.nodes;
    return async () => {
      await cluster.stop();
      await rm(directory, { recursive: true, force: true });
    };
  });

  it('is well, leader or standby', async () => {
    for (const node of left) {
      expect(await watch(node, 0)).toMatchObject({ exitCode: 0, stdout: '', stderr: '' });
    }
    const standby = await one(left, 'standby');
    for (const verb of ['take', 'check'] as const) {
      const ran = await snapshot(verb, standby, 0);
      expect(ran, ran.stderr).toMatchObject({ exitCode: 0 });
      expect(ran.stdout).toContain('this node is a standby');
    }
    expect(await readdir(file('snapshots'))).toEqual([]);
  });

  it('has its snapshot taken as the leader, and the remains of a killed run are gone', async () => {
    const remains = ['20250101T000000Z-x.snap.new', '20250101T000000Z-x.snap.age'];
    remains.push('20250101T000000Z-x.snap.json', '20250101T000000Z-x.snap.json.new');
    for (const name of remains) await writeFile(file(`snapshots/${name}`), 'half');
    const ran = await snapshot('take', await one(left, 'active'), 0);
    expect(ran, ran.stderr).toMatchObject({ exitCode: 0 });
    const names = (await readdir(file('snapshots'))).sort();
    expect(names).toHaveLength(3);
    expect(names.join(' ')).toMatch(/^\S+\.snap \S+\.snap\.json last\.json$/);
  });

  it('is well again when another leads', async () => {
    const leader = await one(left, 'active');
    await leader.kill();
    left = left.filter((node) => node !== leader);
    await one(left, 'active');
    for (const node of left) {
      expect(await watch(node, 60)).toMatchObject({ exitCode: 0, stdout: '' });
    }
    const ran = await snapshot('check', await one(left, 'standby'), 60);
    expect(ran, ran.stderr).toMatchObject({ exitCode: 0 });
  });

  it('alarms where the majority is gone, though it says of itself that it is a healthy standby', async () => {
    const leader = await one(left, 'active');
    await leader.kill();
    left = left.filter((node) => node !== leader);
    const [last] = left;
    if (last === undefined) throw new Error('no node is left');
    expect(await last.state()).toBe('standby');
    const told = await watch(last, 2);
    expect(told.exitCode).toBe(1);
    expect(told.stdout).toContain('OpenBao has no active node');
    expect(told.stderr).toBe('');
    for (const verb of ['take', 'check'] as const) {
      const ran = await snapshot(verb, last, 2);
      expect(ran).toMatchObject({ exitCode: 1, stdout: '' });
      expect(ran.stderr).toContain('OpenBao has no active node');
    }
  });

  it('is well when enough are back', async () => {
    for (const node of cluster.nodes) if (!left.includes(node)) await node.start();
    await one(cluster.nodes, 'active');
    for (const node of cluster.nodes) {
      expect(await watch(node, 60)).toMatchObject({ exitCode: 0, stdout: '' });
    }
  });
});
