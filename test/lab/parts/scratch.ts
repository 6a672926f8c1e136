import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, vi } from 'vitest';

const made: string[] = [];

afterEach(async () => {
  vi.unstubAllEnvs();
  for (const directory of made.splice(0)) await rm(directory, { recursive: true, force: true });
});

/** A new directory, removed after the test. */
export async function scratchDirectory(name = 'parts-'): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), name));
  made.push(directory);
  return directory;
}

/** A new cache for this test alone; the directory is the cache's root. */
export async function emptyCache(): Promise<string> {
  const directory = await scratchDirectory();
  vi.stubEnv('XDG_CACHE_HOME', directory);
  return join(directory, 'credential-backbone');
}

/** A PATH with exactly these programs, each a shell script. */
export async function onlyOnPath(
  scripts: Readonly<Record<string, string>>,
  directoryName?: string,
): Promise<string> {
  const directory = await scratchDirectory(directoryName);
  for (const [name, script] of Object.entries(scripts)) {
    await writeFile(join(directory, name), `#!/bin/sh\n${script}\n`);
    await chmod(join(directory, name), 0o755);
  }
  vi.stubEnv('PATH', directory);
  return directory;
}
