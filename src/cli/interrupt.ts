// Ctrl-C: the first one asks to stop, the second one stops at once.

/** The exit code of a program that was interrupted, as shells tell it (128 + SIGINT). */
export const INTERRUPTED = 130;

const signals = ["SIGINT", "SIGTERM"] as const;

/**
 * Listens to Ctrl-C (and to a polite kill) until `release`. The first one aborts the signal and calls
 * `onFirst`; the second one ends the program, also while the system keeps it waiting for a file.
 */
export function interruptible(onFirst: () => void): { signal: AbortSignal; release: () => void } {
  const controller = new AbortController();
  const release = () => {
    for (const name of signals) process.off(name, listener);
  };
  const listener = () => {
    if (controller.signal.aborted) {
      release();
      // Not process.exit, which waits for threads, and one may wait for a network drive that hangs.
      process.kill(process.pid, "SIGINT");
      return;
    }
    controller.abort();
    onFirst();
  };
  for (const name of signals) process.on(name, listener);
  return { signal: controller.signal, release };
}
