import { readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { until } from './acts.ts';

/**
 * A command that is launched: it writes its environment down and its signals, and ends when told, with the status that it
 * is told.
 */
const script = `
const { existsSync, writeFileSync, readFileSync, renameSync, appendFileSync } = require('node:fs');
const { join } = require('node:path');
const home = process.argv[1];
for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP']) {
  process.on(signal, () => appendFileSync(join(home, 'signals'), signal + '\\n'));
}
const file = join(home, 'env.json');
writeFileSync(file + '.new', JSON.stringify({ ...process.env, pid: String(process.pid) }));
renameSync(file + '.new', file);
setInterval(() => {
  // The test has been given up.
  if (!existsSync(home)) process.exit(0);
  try {
    process.exit(Number(readFileSync(join(home, 'end'), 'utf8')));
  } catch {}
}, 20);
`;

export interface LaunchedChild {
  readonly command: readonly string[];
  /** Its environment, once it runs. */
  readonly env: () => Promise<Readonly<Record<string, string>>>;
  readonly end: (status: number) => Promise<void>;
  /** What has been written under that name. */
  readonly file: (name: string) => Promise<string | undefined>;
}

/** @param home  an empty directory */
export function launchedChild(home: string): LaunchedChild {
  const file = (name: string) => readFile(join(home, name), 'utf8').catch(() => undefined);
  return {
    command: [process.execPath, '-e', script, home],
    env: async () => {
      const text = await until(() => file('env.json'));
      return JSON.parse(text) as Record<string, string>;
    },
    end: async (status) => {
      // Renamed into place: what it finds there is whole.
      await writeFile(join(home, 'end.new'), String(status));
      await rename(join(home, 'end.new'), join(home, 'end'));
    },
    file,
  };
}
