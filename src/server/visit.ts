// Visit: one request's stay in the service: its places in the queue, its deadline, and its end.
import type { HttpBindings } from "@hono/node-server";
import { gone, Refusal } from "./refusal.js";

/** The queue: how many pictures may be in the service at once, from a request's first line to its answer. */
export class Places {
  private count = 0;

  constructor(readonly limit: number) {}

  get taken(): number {
    return this.count;
  }

  /** Takes places, all of them or none; tells whether there were as many. */
  take(places: number): boolean {
    if (this.count + places > this.limit) return false;
    this.count += places;
    return true;
  }

  free(places: number): void {
    this.count -= places;
  }
}

export interface VisitOptions {
  readonly places: Places;
  /** Seconds until the request must be answered. */
  readonly timeout: number;
  /** The seconds that a picture takes at present. */
  pace(): number;
}

/** The longest that anybody is asked to stay away, in seconds. */
const LONGEST_PAUSE = 60;

export class Visit {
  private readonly controller = new AbortController();
  private places = 0;

  /** Begins with one place, since a request whose pictures are not known yet has one at least. */
  constructor(
    { incoming, outgoing }: HttpBindings,
    private readonly options: VisitOptions,
  ) {
    this.take(1);
    const { places, timeout } = options;
    const timer = setTimeout(() => this.controller.abort(late(incoming.complete, timeout)), timeout * 1000);
    outgoing.once("close", () => {
      clearTimeout(timer);
      places.free(this.places);
      if (!outgoing.writableFinished) this.controller.abort(gone());
    });
  }

  /** Aborts when nobody waits for the answer any more; its reason is a Refusal. */
  get signal(): AbortSignal {
    return this.controller.signal;
  }

  /** Takes more places. Throws a Refusal (503) if the queue has not as many. */
  take(places: number): void {
    const { places: all, pace } = this.options;
    if (all.take(places)) {
      this.places += places;
      return;
    }
    const seconds = Math.min(LONGEST_PAUSE, Math.max(1, Math.ceil(all.taken * pace())));
    const wanted = places === 1 ? "" : `, and ${places} more were to join them`;
    throw new Refusal(
      503,
      `${all.taken} pictures are in the queue already, of ${all.limit}${wanted}. Try again in ${seconds} s.`,
      { "Retry-After": String(seconds) },
    );
  }
}

function late(received: boolean, timeout: number): Refusal {
  return received
    ? new Refusal(503, `The answer was not there within ${timeout} s: too much is to do. Try again later.`, {
        "Retry-After": String(Math.ceil(timeout)),
      })
    : new Refusal(408, `The request was not complete within ${timeout} s.`);
}
