import { writeSync } from 'node:fs';

/** Preloaded into a measured process: tells its resource usage as JSON on file descriptor 3. */
process.on('exit', () => {
  const { maxRSS, userCPUTime, systemCPUTime } = process.resourceUsage();
  writeSync(
    3,
    JSON.stringify({
      memoryMiB: maxRSS / 1024,
      cpuSeconds: (userCPUTime + systemCPUTime) / 1e6,
    }),
  );
});
