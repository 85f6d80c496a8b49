// Ctrl-C: the first one asks to stop, the second one stops at once.

/** The exit code of a program that was interrupted, as shells tell it (128 + SIGINT). */
export const INTERRUPTED = 130;

/**
 * Listens to Ctrl-C (and to a polite kill) until `release`. The first one aborts the signal and calls
 * `onFirst`; the second one ends the program.
 */
export function interruptible(onFirst: () => void): { signal: AbortSignal; release: () => void } {
  const controller = new AbortController();
  const listener = () => {
    if (controller.signal.aborted) process.exit(INTERRUPTED);
    controller.abort();
    onFirst();
  };
  const signals = ["SIGINT", "SIGTERM"] as const;
  for (const name of signals) process.on(name, listener);
  return {
    signal: controller.signal,
    release: () => {
      for (const name of signals) process.off(name, listener);
    },
  };
}
