import { readdirSync, readFileSync } from 'node:fs';

/**
 * Command lines of every process of this machine, gathered until `stop`. Linux shows them; elsewhere there
 * are none to look at.
 *
 * Synchronous, as that takes a tenth of the time: what is watched needs the processors, too.
 *
 * @param every  milliseconds
 * @param seen  what was gathered before
 */
export function watchCommandLines(every: number, seen = new Set<string>()): Watching {
  const look = () => {
    for (const pid of processes()) seen.add(commandLine(pid));
  };
  look();
  const timer = setInterval(look, every);
  return {
    seen,
    stop: () => {
      clearInterval(timer);
      look();
    },
  };
}

interface Watching {
  readonly seen: ReadonlySet<string>;
  /** Looks once more. */
  stop(): void;
}

function processes(): readonly string[] {
  if (process.platform !== 'linux') return [];
  return readdirSync('/proc').filter((name) => /^\d+$/.test(name));
}

/** Empty where the process has ended meanwhile, as for a thread of the kernel. */
function commandLine(pid: string): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ');
  } catch {
    return '';
  }
}
