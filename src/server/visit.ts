// Visit: one request's stay in the service: its places in the queue, its deadline, and its end.
import { setMaxListeners } from "node:events";
import { gone, Refusal } from "./refusal.js";

/** How much of something may be in the service at once. */
class Share {
  private count = 0;

  constructor(readonly limit: number) {}

  get taken(): number {
    return this.count;
  }

  /** Takes the amount, all of it or nothing; returns whether it was available. */
  take(amount: number): boolean {
    if (this.count + amount > this.limit) return false;
    this.count += amount;
    return true;
  }

  free(amount: number): void {
    this.count -= amount;
  }
}

/** The queue: images in the service, and the bytes of their requests' bodies. */
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
  /** The seconds that an image takes at present. */
  pace(): number;
}

/** The longest pause that `Retry-After` asks for, in seconds. */
const LONGEST_PAUSE = 60;

export class Visit {
  private readonly controller = new AbortController();
  private readonly timer: NodeJS.Timeout;
  private pictures = 0;
  private bytes = 0;
  private received = false;

  /**
   * Begins with one place: a request has one image at least. `end` frees all places.
   * @param client aborts when the client goes away
   */
  constructor(
    private readonly client: AbortSignal,
    private readonly options: VisitOptions,
  ) {
    // Each image of the request waits for it.
    setMaxListeners(0, this.signal);
    this.take(1);
    const { timeout } = options;
    this.timer = setTimeout(() => this.controller.abort(late(this.received, timeout)), timeout * 1000);
    if (client.aborted) this.leave();
    client.addEventListener("abort", this.leave);
  }

  /** Aborts when nobody waits for the answer any more; its reason is a Refusal. */
  get signal(): AbortSignal {
    return this.controller.signal;
  }

  /** Takes places for the images of a body that has arrived. Throws a Refusal (503) if the queue lacks them. */
  receive(pictures: number): void {
    this.received = true;
    this.take(pictures - 1);
  }

  /** Takes room for bytes of the body. Throws a Refusal (503) if the queue lacks it. */
  hold(bytes: number): void {
    const { taken, limit } = this.options.places.bytes;
    if (!this.options.places.bytes.take(bytes)) {
      const megabytes = (n: number) => (n / 1e6).toLocaleString("en", { maximumSignificantDigits: 3 });
      throw this.full(
        `The queue holds ${megabytes(taken)} of ${megabytes(limit)} MB already, and this request needs ${megabytes(bytes)} more.`,
      );
    }
    this.bytes += bytes;
  }

  end(): void {
    clearTimeout(this.timer);
    this.client.removeEventListener("abort", this.leave);
    this.options.places.pictures.free(this.pictures);
    this.options.places.bytes.free(this.bytes);
  }

  private readonly leave = () => this.controller.abort(gone());

  private take(pictures: number): void {
    const { taken, limit } = this.options.places.pictures;
    if (!this.options.places.pictures.take(pictures)) {
      const more = pictures === 1 ? "" : `, and this request needs ${pictures} more`;
      throw this.full(`The queue holds ${taken} of ${limit} images already${more}.`);
    }
    this.pictures += pictures;
  }

  private full(sentence: string): Refusal {
    const { places, pace } = this.options;
    const seconds = Math.min(LONGEST_PAUSE, Math.max(1, Math.ceil(places.pictures.taken * pace())));
    const headers = { "Retry-After": String(seconds) };
    return new Refusal("queue_full", `${sentence} Try again in ${seconds} s.`, { headers });
  }
}

function late(received: boolean, timeout: number): Refusal {
  if (!received) return new Refusal("incomplete", `The request did not arrive within ${timeout} s.`);
  const headers = { "Retry-After": String(Math.ceil(timeout)) };
  return new Refusal("too_late", `The answer was not ready within ${timeout} s. Try again later.`, {
    headers,
  });
}
