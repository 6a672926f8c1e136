import { mkdir, mkdtemp, readFile, readdir, rename, rm, stat, writeFile } from 'node:fs/promises';
import { homedir, hostname, platform } from 'node:os';
import { dirname, isAbsolute, join } from 'node:path';
import { PartMissing } from './part.ts';

/**
 * The user's cache directory for this project: XDG on Linux, `~/Library/Caches` on macOS. As the XDG
 * specification asks, XDG_CACHE_HOME counts only where it is absolute.
 */
export function cacheRoot(env: NodeJS.ProcessEnv = process.env): string {
  const xdg = env['XDG_CACHE_HOME'] ?? '';
  const usual =
    platform() === 'darwin' ? join(homedir(), 'Library', 'Caches') : join(homedir(), '.cache');
  return join(isAbsolute(xdg) ? xdg : usual, 'credential-backbone');
}

export async function exists(path: string): Promise<boolean> {
  try {
    await stat(path);
    return true;
  } catch {
    return false;
  }
}

/**
 * A directory that is either complete or absent: `build` fills a sibling directory, which is renamed
 * into place. Two builders at once both build and one result wins; a killed one leaves only a
 * `.building-*` directory that nothing reads and that the next builder removes.
 *
 * @param key  name and version of the part, e.g. `aws-signing-helper/1.8.4-linux-x64`.
 * @param program  file of the directory that a later call checks against the size it was built with: one
 *   that lost its end (power failure, full disk) is built again. Damage of equal length is not noticed.
 * @throws PartMissing  the cache cannot be written
 */
export async function cached(
  key: string,
  build: (directory: string) => Promise<void>,
  program?: string,
): Promise<{ directory: string; built: boolean }> {
  const directory = join(cacheRoot(), key);
  if (await isIntact(directory, program)) return { directory, built: false };
  try {
    await mkdir(dirname(directory), { recursive: true });
    await removeAbandoned(dirname(directory));
    const scratch = await mkdtemp(join(dirname(directory), scratchPrefix(process.pid)));
    try {
      await build(scratch);
      if (program !== undefined) await recordSize(scratch, program);
      await rename(scratch, directory).catch(async (error: unknown) => {
        // What is there refuses the rename. A good one, finished meanwhile, stays; to look before the rename
        // would take away one that comes between the look and the removal.
        if (await isIntact(directory, program)) throw error;
        await rm(directory, { recursive: true, force: true });
        await rename(scratch, directory);
      });
    } catch (error) {
      await rm(scratch, { recursive: true, force: true });
      if (await isIntact(directory, program)) return { directory, built: false };
      throw error;
    }
  } catch (error) {
    throw unwritable(error);
  }
  return { directory, built: true };
}

/** Hidden, as Terraform takes what begins with a provider's name for its program. */
const sizeOf = (program: string) => `.${program}.size`;

async function recordSize(directory: string, program: string): Promise<void> {
  const { size } = await stat(join(directory, program));
  await writeFile(join(directory, sizeOf(program)), String(size));
}

async function isIntact(directory: string, program: string | undefined): Promise<boolean> {
  if (!(await exists(directory))) return false;
  if (program === undefined) return true;
  try {
    const { size } = await stat(join(directory, program));
    const recorded = await readFile(join(directory, sizeOf(program)), 'utf8').catch(
      () => undefined,
    );
    return size > 0 && (recorded === undefined || recorded === String(size));
  } catch {
    return false;
  }
}

/** Names its host, as a home directory may be shared by several, where process ids mean other processes. */
function scratchPrefix(pid: number): string {
  return `.building-${hostname()}-${String(pid)}-`;
}

async function removeAbandoned(parent: string): Promise<void> {
  for (const name of await readdir(parent)) {
    const pid = /-(\d+)-[^-]*$/.exec(name)?.[1];
    if (pid === undefined || !name.startsWith(scratchPrefix(Number(pid)))) continue;
    if (!isAlive(Number(pid))) await rm(join(parent, name), { recursive: true, force: true });
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
}

const unwritableCodes: readonly unknown[] = [
  ...['EACCES', 'EPERM', 'EROFS', 'ENOSPC', 'EDQUOT', 'ENOTDIR', 'EEXIST'],
];

function unwritable(error: unknown): unknown {
  if (!(error instanceof Error && 'code' in error && unwritableCodes.includes(error.code))) {
    return error;
  }
  return new PartMissing(
    `the cache ${cacheRoot()} cannot be written: ${error.message}\n` +
      'Make it writable with about 2 GB free, or name another place by XDG_CACHE_HOME.',
  );
}
