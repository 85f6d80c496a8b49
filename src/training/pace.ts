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
