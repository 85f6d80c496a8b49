// Hooks: how a run talks to whoever started it.
import type { TrainEvent } from "./events.js";

export interface Hooks {
  emit: (event: TrainEvent) => void;
  /** Ends the run: the batch is finished, everything is saved. */
  signal: AbortSignal | undefined;
}
