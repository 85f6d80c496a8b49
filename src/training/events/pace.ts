// Pace: how fast it goes, and how long it will go on.

/** The share of the newest batch in the running mean. */
const NEWEST = 0.1;

export class Pace {
  /** Seconds a picture: the mean, the latest batches counting most. */
  private each: number | undefined;

  add(images: number, seconds: number): void {
    const each = seconds / images;
    this.each = this.each === undefined ? each : this.each + NEWEST * (each - this.each);
  }

  /** 0 until something has been added. */
  get imagesPerSecond(): number {
    return this.each ? 1 / this.each : 0;
  }

  /** For so many pictures; undefined until something has been added. */
  seconds(images: number): number | undefined {
    return this.each === undefined ? undefined : images * this.each;
  }
}

/** How far a task over pictures is, and how fast. */
export interface Advance {
  /** Pictures. */
  readonly done: number;
  readonly total: number;
  /** Both undefined until a picture is done since it began. */
  readonly imagesPerSecond: number | undefined;
  readonly secondsLeft: number | undefined;
}

/** The mean pace of a task that tells how many pictures are done; those that were before it began do not count. */
export class Advancing {
  private readonly start = performance.now();

  constructor(
    private readonly total: number,
    private readonly before = 0,
  ) {}

  to(done: number): Advance {
    const { total } = this;
    if (done === this.before) return { done, total, imagesPerSecond: undefined, secondsLeft: undefined };
    const each = (performance.now() - this.start) / 1000 / (done - this.before);
    return { done, total, imagesPerSecond: 1 / each, secondsLeft: each * (total - done) };
  }
}
