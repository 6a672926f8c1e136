import { createHash } from 'node:crypto';
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import { beforeEach, describe, expect, it } from 'vitest';
import { pythonEnvironment, pythonScript } from '../../../lab/parts/python.ts';
import { region, startMoto } from '../../lab/aws/running-aws.ts';

const program = 'ansible/roles/openbao_snapshot/files/openbao-snapshot.py';
const content = 'not a real snapshot, encrypted\n'.repeat(1000);

/** One function of the program, called as `take` calls it; SFTP is tested on a host. */
const driver = `
import importlib.machinery, importlib.util, json, sys
loader = importlib.machinery.SourceFileLoader("s", ${JSON.stringify(program)})
s = importlib.util.module_from_spec(importlib.util.spec_from_loader("s", loader))
loader.exec_module(s)
order = json.load(sys.stdin)
try:
    print(getattr(s, order["call"])(order["destination"], order["file"]))
except s.Failed as error:
    sys.exit(f"refused: {error}")
`;

describe('a copy off the host', () => {
  let directory: string;
  let file: string;
  const send = (call: string, destination: object) =>
    execa('python3', ['-c', driver], {
      input: JSON.stringify({ call, destination, file }),
      env: { CREDENTIALS_DIRECTORY: directory, PYTHONDONTWRITEBYTECODE: '1' },
      reject: false,
    });

  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'copies-'));
    file = join(directory, '20260101T000000Z-bao.snap.age');
    await writeFile(file, content);
    await writeFile(join(directory, 'snapshot-s3-key'), 'AKIACANARY:canary+secret/key\n');
    return () => rm(directory, { recursive: true, force: true });
  });

  describe('to a path', () => {
    const there = () => join(directory, 'there');
    const to = (more: object = {}) => ({
      ...{ directory: there(), must_be_mounted: false, keep: 2, ...more },
    });

    it('is whole, and old ones are removed', async () => {
      await mkdir(there());
      for (const day of ['1', '2']) await writeFile(join(there(), `2025010${day}.snap.age`), day);
      await writeFile(join(there(), 'of-somebody-else'), 'x');
      const sent = await send('to_path', to());
      expect(sent.exitCode, sent.stderr).toBe(0);
      expect((await readdir(there())).sort()).toEqual([
        '20250102.snap.age',
        '20260101T000000Z-bao.snap.age',
        'of-somebody-else',
      ]);
      expect(await readFile(join(there(), '20260101T000000Z-bao.snap.age'), 'utf8')).toBe(content);
    });

    it('is refused where the directory is missing, or is on this host after all', async () => {
      expect((await send('to_path', to())).stderr).toContain('No such file or directory');
      await mkdir(there());
      const refused = await send('to_path', to({ must_be_mounted: true }));
      expect(refused.stderr).toContain('is not mounted: the copy would stay on this host');
      expect(await readdir(there())).toEqual([]);
    });
  });

  describe('to S3', () => {
    let url: string;
    const aws = async (...args: readonly string[]) => {
      const [python, script] = pythonScript(await pythonEnvironment(() => undefined), 'aws');
      return execa(python, [script, '--endpoint-url', url, ...args], {
        env: { AWS_ACCESS_KEY_ID: 'x', AWS_SECRET_ACCESS_KEY: 'x', AWS_DEFAULT_REGION: region },
      });
    };
    const to = (bucket: string) => ({ bucket, region, prefix: 'openbao/', endpoint: url });

    beforeEach(async () => {
      const moto = await startMoto(await pythonEnvironment(() => undefined));
      url = moto.url;
      await aws('s3', 'mb', 's3://copies');
      return () => moto.stop();
    });

    it('is whole, and its key is in no argument', async () => {
      const sent = await send('to_s3', to('copies'));
      expect(sent.exitCode, sent.stderr).toBe(0);
      const got = join(directory, 'got');
      await aws('s3', 'cp', 's3://copies/openbao/20260101T000000Z-bao.snap.age', got);
      const digest = (text: string) => createHash('sha256').update(text).digest('hex');
      expect(digest(await readFile(got, 'utf8'))).toBe(digest(content));
      expect(sent.stdout + sent.stderr).not.toContain('canary');
    });

    it('is refused where there is no such bucket, or no server', async () => {
      expect((await send('to_s3', to('other'))).stderr).toContain('curl failed');
      url = 'http://127.0.0.1:1';
      const refused = await send('to_s3', to('copies'));
      expect(refused.stderr).toContain('curl failed');
      expect(refused.stderr).not.toContain('canary');
    });
  });
});
