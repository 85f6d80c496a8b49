// A run that its signal stopped has ended as it should.

/** Waits for a run's end; one that was stopped rejects with the signal's reason, and with nothing else. */
export async function endOf(run: Promise<unknown>, signal: AbortSignal): Promise<void> {
  try {
    await run;
  } catch (error) {
    if (!signal.aborted || error !== signal.reason) throw error;
  }
}
