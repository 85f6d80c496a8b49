// train: a run for programs: a promise of its end, and an async iterable of its events.
import { UserError } from "../../base/errors.js";
import { withOptionNames } from "../../base/flag.js";
import { EventStream } from "../events/event-stream.js";
import type { DoneEvent, TrainEvent } from "../events/events.js";
import type { TrainOptions } from "../recipe/options.js";
import { runTraining, type TrainHooks } from "./train.js";

/** A run that goes on: await it for its last event, or loop over its events with `for await`. */
export interface Training extends Promise<DoneEvent>, AsyncIterable<TrainEvent> {}

/**
 * Trains a tagger and writes it as a bundle to `out`/bundle, as `multihot train` does.
 *
 * Await it for the event `done`, or loop over all events: `for await (const event of train(options)) …`. Leaving such a
 * loop early stops the run as `signal` does: the batch is finished, everything is saved, the event `interrupted` comes,
 * and the promise rejects with `signal.reason`.
 *
 * @throws UserError with a `code` (see ErrorCode): for options, data or weights that cannot be used, a run folder that is
 *   in use, a loss that is no longer finite
 */
export function train(options: TrainOptions, { onEvent, signal }: TrainHooks = {}): Training {
  const stream = new EventStream<TrainEvent>();
  const leaving = new AbortController();
  const ended = runTraining(options, {
    onEvent(event) {
      const named = withNames(event);
      onEvent?.(named);
      stream.push(named);
    },
    signal: signal ? AbortSignal.any([signal, leaving.signal]) : leaving.signal,
  }).then(
    (done) => {
      stream.end();
      return done;
    },
    (reason: unknown) => {
      const error = reason instanceof UserError ? reason.reworded(withOptionNames) : reason;
      stream.end({ reason: error });
      throw error;
    },
  );
  const read = () => {
    // Whoever loops over the events meets a failure there.
    ended.catch(() => undefined);
    return stream.read(() => leaving.abort());
  };
  return Object.assign(ended, { [Symbol.asyncIterator]: read });
}

/** Sentences in an event name options as the library does. */
function withNames(event: TrainEvent): TrainEvent {
  if (event.event === "interrupted") return { ...event, how: withOptionNames(event.how) };
  if (event.event !== "start") return event;
  const choices = event.choices.map((choice) => ({ ...choice, reason: withOptionNames(choice.reason) }));
  return { ...event, choices, warnings: event.warnings.map(withOptionNames) };
}
