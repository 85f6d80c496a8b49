// Whole ticks: where an axis of counts is marked.

/** The multiples of 1, 2, 5, 10, 20, … from the first to `last`, `most` at most. */
export function wholeTicks(last: number, most: number): number[] {
  let step = 1;
  for (let i = 0; last / step > most; i++) step *= i % 3 === 1 ? 2.5 : 2;
  return Array.from({ length: Math.floor(last / step) }, (_, i) => (i + 1) * step);
}
