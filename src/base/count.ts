// Counts as people read them.

/** `1 picture`, `2 pictures`. */
export function count(n: number, thing: string): string {
  return `${n} ${thing}${n === 1 ? "" : "s"}`;
}
