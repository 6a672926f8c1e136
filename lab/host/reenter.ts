import { execa } from 'execa';
import { exists } from '../parts/cache.ts';
import { labPaths, type LabPaths } from '../paths.ts';
import { readRecord } from '../record.ts';
import { inNetwork, isInNetwork, namespacePath } from './network.ts';

/**
 * A lab with containers is a network of its own, and its commands run in it: where this process is
 * outside, runs its own command line once more inside.
 *
 * @returns the exit status of that; undefined where this process is in the right place already
 */
export async function reenter(paths: LabPaths = labPaths()): Promise<number | undefined> {
  const namespace = await namespaceOf(paths);
  if (namespace === undefined || (await isInNetwork(namespace))) return undefined;
  const again = [process.execPath, ...process.execArgv, ...process.argv.slice(1)];
  const [command, ...args] = [...inNetwork(namespace), ...again];
  const { exitCode } = await execa(command, args, { stdio: 'inherit', reject: false });
  return exitCode ?? 1;
}

async function namespaceOf(paths: LabPaths): Promise<string | undefined> {
  const record = await readRecord(paths);
  const namespace = typeof record === 'object' ? record.namespace : undefined;
  const there = namespace !== undefined && (await exists(namespacePath(namespace)));
  return there ? namespace : undefined;
}
