// Report: what was asked and what was measured, a line each, or all of it as JSON.

interface Measured {
  readonly part: string;
  readonly what: string;
  readonly measured: number;
  /** What it may be at most; none where it is only told. */
  readonly limit?: number;
  readonly holds?: boolean;
}

export class Report {
  checks = 0;
  failures = 0;
  readonly results: Measured[] = [];
  private part = "";

  /** @param silent no lines are printed */
  constructor(private readonly silent = false) {}

  heading(text: string): void {
    this.part = text;
    this.print(`\n${text}`);
  }

  /** One measured number that may be at most `limit`. */
  atMost(what: string, measured: number, limit: number): void {
    // Not "measured > limit": what is not a number fails too.
    const holds = measured <= limit;
    this.checks++;
    if (!holds) this.failures++;
    this.results.push({ part: this.part, what, measured, limit, holds });
    this.print(`  ${holds ? "ok  " : "FAIL"} ${what}: ${short(measured)}, asked at most ${short(limit)}`);
  }

  /** One measured number of which nothing is asked. */
  tell(what: string, measured: number): void {
    this.results.push({ part: this.part, what, measured });
    this.note(`${what}: ${short(measured)}`);
  }

  note(text: string): void {
    this.print(`       ${text}`);
  }

  private print(line: string): void {
    if (!this.silent) console.log(line);
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
