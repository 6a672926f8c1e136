import { mkdir, mkdtemp, rename, rm, stat } from 'node:fs/promises';
import { homedir, platform } from 'node:os';
import { dirname, join } from 'node:path';

/** The user's cache directory for this project: XDG on Linux, `~/Library/Caches` on macOS. */
export function cacheRoot(env: NodeJS.ProcessEnv = process.env): string {
  const base =
    env['XDG_CACHE_HOME'] ??
    (platform() === 'darwin' ? join(homedir(), 'Library', 'Caches') : join(homedir(), '.cache'));
  return join(base, 'credential-backbone');
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
 * `.building-*` directory that nothing reads.
 *
 * @param key  name and version of the part, e.g. `aws-signing-helper/1.8.4-linux-x64`.
 */
export async function cached(
  key: string,
  build: (directory: string) => Promise<void>,
): Promise<{ directory: string; built: boolean }> {
  const directory = join(cacheRoot(), key);
  if (await exists(directory)) return { directory, built: false };
  await mkdir(dirname(directory), { recursive: true });
  const scratch = await mkdtemp(join(dirname(directory), '.building-'));
  try {
    await build(scratch);
    await rename(scratch, directory);
  } catch (error) {
    await rm(scratch, { recursive: true, force: true });
    if (await exists(directory)) return { directory, built: false };
    throw error;
  }
  return { directory, built: true };
}
