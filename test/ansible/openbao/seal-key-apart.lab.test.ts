import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { beforeAll, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { ansibleOrSkip } from '../ansible.ts';

const tasks = fileURLToPath(
  new URL('../../../ansible/roles/openbao/tasks/credentials.yml', import.meta.url),
);
const memory = '/dev/shm';
const device = async (path: string) => (await stat(path).catch(() => undefined))?.dev;
const two = ![undefined, await device(tmpdir())].includes(await device(memory));
if (!two)
  process.stderr.write(`SKIPPED: where the seal key lies: ${memory} is no file system here\n`);
const ansible = two ? await ansibleOrSkip('where the seal key lies') : undefined;

/** The tasks of the role that look where the seal key is, on this machine. */
async function look(variables: Readonly<Record<string, unknown>>) {
  if (ansible === undefined) return { exitCode: 0, all: '' };
  const all = parse(await readFile(tasks, 'utf8')) as readonly { readonly name: string }[];
  const names = [
    'See on which file systems seal key and data are',
    'Refuse a seal key beside the data',
  ];
  const ours = names.map((name) => all.find((task) => task.name === name));
  expect(ours).not.toContain(undefined);
  const playbook = join(ansible.directory, 'apart.yml');
  const play = { hosts: 'localhost', gather_facts: false, vars: variables, tasks: ours };
  await writeFile(playbook, JSON.stringify([play]));
  return ansible.run('ansible-playbook', ['--connection', 'local', playbook]);
}

describe.runIf(ansible)('a seal key', () => {
  let [one, other] = ['', ''];
  beforeAll(async () => {
    one = await mkdtemp(join(tmpdir(), 'seal-'));
    other = await mkdtemp(join(memory, 'seal-'));
    return async () => {
      await ansible?.remove();
      for (const directory of [one, other]) await rm(directory, { recursive: true });
    };
  });
  const at = (key: string, data: string, apart: boolean) => ({
    ...{ openbao_credential_directory: key, openbao_data_directory: data },
    openbao_seal_key_apart: apart,
  });

  it('is taken where the data has a volume of its own', async () => {
    const { exitCode, all } = await look(at(one, other, true));
    expect(exitCode, all).toBe(0);
  });

  it('is refused beside the data, with what to do', async () => {
    const { exitCode, all } = await look(at(one, one, true));
    expect(exitCode).not.toBe(0);
    const said = all.replace(/\s+/g, ' ');
    expect(said).toContain('are on one file system: whoever has a backup of it has every secret');
    expect(said).toContain('set openbao_seal_key_apart to false to accept it');
  });

  it('is taken beside the data where that was accepted', async () => {
    const { exitCode, all } = await look(at(one, one, false));
    expect(exitCode, all).toBe(0);
  });
});
