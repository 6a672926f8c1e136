import { open, readFile } from 'node:fs/promises';

/** Looks into what a process can write to, region by region; needs to be root, or its tracer. */
export async function searchMemory(
  pid: number,
  needles: readonly Buffer[],
): Promise<readonly boolean[]> {
  const found = needles.map(() => false);
  const step = 1024 * 1024;
  const file = await open(`/proc/${String(pid)}/mem`, 'r');
  try {
    for (const line of (await readFile(`/proc/${String(pid)}/maps`, 'utf8')).split('\n')) {
      const [, first, last] = /^([0-9a-f]+)-([0-9a-f]+) rw/.exec(line) ?? [];
      if (first === undefined || last === undefined) continue;
      const [begin, end] = [Number.parseInt(first, 16), Number.parseInt(last, 16)];
      let before = Buffer.alloc(0);
      for (let at = begin; at < end; at += step) {
        const chunk = Buffer.alloc(Math.min(step, end - at));
        // What was never used has no memory behind it.
        const read = await file.read(chunk, 0, chunk.length, at).catch(() => undefined);
        if (read === undefined) break;
        const here = Buffer.concat([before, chunk]);
        for (const [index, needle] of needles.entries()) found[index] ||= here.includes(needle);
        before = chunk.subarray(-64);
      }
    }
  } finally {
    await file.close();
  }
  return found;
}
