// EventStream: events as an async iterable, for `for await`.

/** Keeps events from when iteration begins, until they are taken. */
export class EventStream<Event> {
  private readonly readers = new Set<Reader<Event>>();

  push(event: Event): void {
    for (const reader of this.readers) reader.push(event);
  }

  /** No more events come; the readers' loops end, or throw the error. */
  end(error?: { reason: unknown }): void {
    for (const reader of this.readers) reader.end(error);
  }

  /** @param onLeave called when the loop is left before the events have ended */
  read(onLeave: () => void): AsyncIterableIterator<Event> {
    const reader = new Reader<Event>(() => {
      this.readers.delete(reader);
      onLeave();
    });
    this.readers.add(reader);
    return reader;
  }
}

class Reader<Event> implements AsyncIterableIterator<Event> {
  private readonly waiting: Event[] = [];
  private ended: { error?: { reason: unknown } } | undefined;
  private wake: () => void = () => undefined;

  constructor(private readonly onLeave: () => void) {}

  [Symbol.asyncIterator](): this {
    return this;
  }

  push(event: Event): void {
    this.waiting.push(event);
    this.wake();
  }

  end(error: { reason: unknown } | undefined): void {
    this.ended = { error };
    this.wake();
  }

  async next(): Promise<IteratorResult<Event, undefined>> {
    while (true) {
      const event = this.waiting.shift();
      if (event !== undefined) return { done: false, value: event };
      if (this.ended?.error) {
        const { reason } = this.ended.error;
        this.ended = {};
        throw reason;
      }
      if (this.ended) return { done: true, value: undefined };
      await new Promise<void>((resolve) => {
        this.wake = resolve;
      });
    }
  }

  async return(): Promise<IteratorResult<Event, undefined>> {
    if (!this.ended) {
      this.ended = {};
      this.onLeave();
    }
    return { done: true, value: undefined };
  }
}
