import { lstatSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';

/** No session lives longer (12 h); a half-written one of a killed process is not missed either. */
const oldest = 12 * 3600_000;

/** Removes what no longer can be of use. Never throws: it is housekeeping. */
export function prune(directory: string, now: number): void {
  try {
    for (const name of readdirSync(directory)) {
      if (!/\.(json|new)$/.test(name)) continue;
      const file = join(directory, name);
      if (now - lstatSync(file).mtimeMs > oldest) rmSync(file, { force: true });
    }
  } catch {
    // The next mint tries again.
  }
}
