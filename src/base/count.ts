// Counts as people read them.

/** `1 picture`, `1,234 pictures`. */
export function count(n: number, thing: string): string {
  return `${n.toLocaleString("en-US")} ${thing}${n === 1 ? "" : "s"}`;
}
