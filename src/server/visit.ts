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

/** Milliseconds for which a body may arrive undisturbed. */
const GRACE = 5000;

/** The queue: images in the service, and the bytes of bodies, also of those that are still arriving. */
export class Places {
  readonly pictures: Share;
  readonly bytes: Share;
  /** Visits whose bodies are arriving, and since when, the oldest first. */
  private readonly arriving = new Map<Visit, number>();

  constructor(
    limits: { readonly pictures: number; readonly bytes: number },
    private readonly grace = GRACE,
  ) {
    this.pictures = new Share(limits.pictures);
    this.bytes = new Share(limits.bytes);
  }

  arrives(visit: Visit): void {
    this.arriving.set(visit, performance.now());
  }

  arrived(visit: Visit): void {
    this.arriving.delete(visit);
  }

  /** Refuses the request whose body has been arriving for longest, if it had its time; returns whether it did. */
  makeRoom(): boolean {
    const [oldest] = this.arriving;
    if (oldest === undefined || performance.now() - oldest[1] < this.grace) return false;
    oldest[0].cut();
    return true;
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
   * Takes no place before the body has arrived: who sends slowly must not keep others out. `end` frees all places.
   * @param client aborts when the client goes away
   */
  constructor(
    private readonly client: AbortSignal,
    private readonly options: VisitOptions,
  ) {
    // Each image of the request waits for it.
    setMaxListeners(0, this.signal);
    const { timeout, places } = options;
    places.arrives(this);
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
    this.options.places.arrived(this);
    this.take(pictures);
  }

  /** Takes room for bytes of the body. Throws a Refusal (503) if the queue lacks it. */
  hold(bytes: number): void {
    const { places } = this.options;
    while (!places.bytes.take(bytes)) {
      if (!places.makeRoom()) throw this.crowded();
      if (this.signal.aborted) throw this.signal.reason;
    }
    this.bytes += bytes;
  }

  /** Ends a visit whose body is arriving, to make room for others. */
  cut(): void {
    this.controller.abort(this.crowded());
    this.leavePlaces();
  }

  end(): void {
    clearTimeout(this.timer);
    this.client.removeEventListener("abort", this.leave);
    this.leavePlaces();
  }

  private leavePlaces(): void {
    const { places } = this.options;
    places.arrived(this);
    places.pictures.free(this.pictures);
    places.bytes.free(this.bytes);
    this.pictures = 0;
    this.bytes = 0;
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

  private crowded(): Refusal {
    const megabytes = this.options.places.bytes.limit / 1e6;
    return this.full(`The queue has no room for this body: it holds ${megabytes.toLocaleString("en")} MB.`);
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
