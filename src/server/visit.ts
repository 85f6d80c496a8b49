// Visit: one request's stay in the service: its places in the queue, its deadline, and its end.
import type { HttpBindings } from "@hono/node-server";
import { gone, Refusal } from "./refusal.js";

/** How much of something may be in the service at once, from a request's first line to its answer. */
class Share {
  private count = 0;

  constructor(readonly limit: number) {}

  get taken(): number {
    return this.count;
  }

  /** Takes so much, all of it or nothing; tells whether there was as much. */
  take(amount: number): boolean {
    if (this.count + amount > this.limit) return false;
    this.count += amount;
    return true;
  }

  free(amount: number): void {
    this.count -= amount;
  }
}

/** The queue: pictures in the service, and the bytes of their requests' bodies. */
export class Places {
  readonly pictures: Share;
  readonly bytes: Share;

  constructor(limits: { readonly pictures: number; readonly bytes: number }) {
    this.pictures = new Share(limits.pictures);
    this.bytes = new Share(limits.bytes);
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
  private pictures = 0;
  private bytes = 0;

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
      places.pictures.free(this.pictures);
      places.bytes.free(this.bytes);
      if (!outgoing.writableFinished) this.controller.abort(gone());
    });
  }

  /** Aborts when nobody waits for the answer any more; its reason is a Refusal. */
  get signal(): AbortSignal {
    return this.controller.signal;
  }

  /** Takes places for more pictures. Throws a Refusal (503) if the queue has not as many. */
  take(pictures: number): void {
    const { taken, limit } = this.options.places.pictures;
    if (!this.options.places.pictures.take(pictures)) {
      const wanted = pictures === 1 ? "" : `, and ${pictures} more were to join them`;
      throw this.full(`${taken} pictures are in the queue already, of ${limit}${wanted}.`);
    }
    this.pictures += pictures;
  }

  /** Takes room for bytes of the body. Throws a Refusal (503) if the queue has not as much. */
  hold(bytes: number): void {
    const { taken, limit } = this.options.places.bytes;
    if (!this.options.places.bytes.take(bytes)) {
      const megabytes = (n: number) => (n / 1e6).toLocaleString("en", { maximumSignificantDigits: 3 });
      throw this.full(
        `${megabytes(taken)} MB are in the queue already, of ${megabytes(limit)}, and ${megabytes(bytes)} more were to join them.`,
      );
    }
    this.bytes += bytes;
  }

  private full(sentence: string): Refusal {
    const { places, pace } = this.options;
    const seconds = Math.min(LONGEST_PAUSE, Math.max(1, Math.ceil(places.pictures.taken * pace())));
    return new Refusal(503, `${sentence} Try again in ${seconds} s.`, { "Retry-After": String(seconds) });
  }
}

function late(received: boolean, timeout: number): Refusal {
  return received
    ? new Refusal(503, `The answer was not there within ${timeout} s: too much is to do. Try again later.`, {
        "Retry-After": String(Math.ceil(timeout)),
      })
    : new Refusal(408, `The request was not complete within ${timeout} s.`);
}
