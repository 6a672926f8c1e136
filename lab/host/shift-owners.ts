import { chmod, lchown, lstat, readdir } from 'node:fs/promises';
import { join } from 'node:path';

/**
 * Adds `by` to the owner and group of everything below a directory, itself included. Modes stay, also
 * set-user-id bits, which Linux takes away with the owner. File capabilities are lost; the base image has
 * none. (nspawn's own `--private-users-ownership=chown` takes only multiples of 65536.)
 */
export async function shiftOwners(root: string, by: number): Promise<void> {
  const seen = new Set<number>();
  const shift = async (path: string): Promise<void> => {
    const found = await lstat(path);
    const { uid, gid, mode, ino, nlink } = found;
    const directory = found.isDirectory();
    // A file of several names is met once for each.
    if (directory || nlink === 1 || !seen.has(ino)) {
      seen.add(ino);
      await lchown(path, uid + by, gid + by);
      if ((mode & 0o6000) !== 0) await chmod(path, mode & 0o7777);
    }
    if (!directory) return;
    for (const name of await readdir(path)) await shift(join(path, name));
  };
  await shift(root);
}
