// Report: what was asked and what was measured, a line each.

export class Report {
  checks = 0;
  failures = 0;

  heading(text: string): void {
    console.log(`\n${text}`);
  }

  /** One measured number that may be at most `limit`. */
  atMost(what: string, measured: number, limit: number): void {
    // Not "measured > limit": what is not a number fails too.
    const holds = measured <= limit;
    this.checks++;
    if (!holds) this.failures++;
    console.log(`  ${holds ? "ok  " : "FAIL"} ${what}: ${short(measured)}, asked at most ${short(limit)}`);
  }

  note(text: string): void {
    console.log(`       ${text}`);
  }
}

export function short(x: number): string {
  return x !== 0 && Math.abs(x) < 1e-2 ? x.toExponential(1) : String(Number(x.toPrecision(3)));
}

/** The sum of the squares of a − b. */
export function squaredDistance(a: ArrayLike<number>, b: ArrayLike<number>): number {
  if (a.length !== b.length) throw new RangeError(`${a.length} values are held against ${b.length}.`);
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += (a[i] - b[i]) ** 2;
  return sum;
}

/** ‖a − b‖ / ‖b‖. */
export function relativeDistance(a: ArrayLike<number>, b: ArrayLike<number>): number {
  return Math.sqrt(squaredDistance(a, b) / squaredDistance(b, new Float64Array(b.length)));
}
