import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';

/** Arguments of every process of this machine, gathered until it is stopped. */
export function argumentSampler() {
  const seen = new Set<string>();
  const stopped = new AbortController();
  const sampled = (async () => {
    while (!stopped.signal.aborted) {
      for (const pid of (await readdir('/proc')).filter((name) => /^\d+$/.test(name))) {
        seen.add(await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => ''));
      }
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
  })();
  return async () => {
    stopped.abort();
    await sampled;
    return [...seen].join('\n');
  };
}

/** Every file below a directory, by its path. */
export async function filesBelow(directory: string): Promise<readonly string[]> {
  const entries = await readdir(directory, { withFileTypes: true, recursive: true });
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name));
}
