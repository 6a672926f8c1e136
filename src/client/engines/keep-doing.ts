/**
 * Does something again and again while a child runs. What fails is said, and tried again at the next time.
 *
 * @param every  seconds
 * @param what   for the message
 * @returns ends it
 */
export function keepDoing(work: () => Promise<unknown>, every: number, what: string): () => void {
  let stopped = false;
  const timer = setInterval(() => {
    work().catch((error: unknown) => {
      if (stopped) return;
      process.stderr.write(`backbone: ${what} could not be had: ${(error as Error).message}\n`);
    });
  }, every * 1000);
  // It is there for the child, and keeps nobody alive.
  timer.unref();
  return () => {
    stopped = true;
    clearInterval(timer);
  };
}
