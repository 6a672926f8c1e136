/** Ends early when it is told to stop; returns whether it was. */
export function pause(seconds: number, stop: AbortSignal): Promise<boolean> {
  return new Promise((resolve) => {
    const end = () => {
      clearTimeout(timer);
      stop.removeEventListener('abort', end);
      resolve(stop.aborted);
    };
    // The longest that a timer can be set to is 2^31 - 1 ms.
    const timer = setTimeout(end, Math.min(seconds * 1000, 2 ** 31 - 1));
    stop.addEventListener('abort', end);
  });
}
