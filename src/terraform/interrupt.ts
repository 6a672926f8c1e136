/**
 * Runs a program that shares this terminal, and leaves Ctrl-C to it.
 *
 * The terminal sends SIGINT to both. If this process ended by it, execa would send the program a second
 * signal on the way out, and Terraform takes a second one as "stop at once": half-made resources, a lost
 * state. So this process waits; the program ends its own work, and what follows (giving a token up) is done.
 */
export async function leavingInterrupts<T>(run: () => Promise<T>): Promise<T> {
  const stay = () => undefined;
  process.on('SIGINT', stay);
  try {
    return await run();
  } finally {
    process.off('SIGINT', stay);
  }
}
