// Hooks: how a run talks to whoever started it.
import type { TrainEvent } from "./events.js";

/** @typeParam E the events that it tells */
export interface Hooks<E = TrainEvent> {
  emit: (event: E) => void;
  /** Ends the run: the batch is finished, everything is saved. */
  signal: AbortSignal | undefined;
}
