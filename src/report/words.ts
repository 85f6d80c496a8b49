// Words: numbers as the report writes them.

/** What stands for a figure that is not defined. */
export const UNDEFINED = "–";

/** Three decimals; a dash for what is not defined. */
export function figure(value: number | null | undefined, decimals = 3): string {
  return value === null || value === undefined || !Number.isFinite(value)
    ? UNDEFINED
    : value.toFixed(decimals);
}

/** `1,234`. */
export function grouped(n: number): string {
  return n.toLocaleString("en-US");
}

/** `1 picture`, `1,234 pictures`. */
export function count(n: number, thing: string): string {
  return `${grouped(n)} ${thing}${n === 1 ? "" : "s"}`;
}

/** Of what is not nothing, and not all, neither 0 % nor 100 % is said. */
export function percent(part: number, whole: number): string {
  if (whole === 0) return UNDEFINED;
  const share = (100 * part) / whole;
  if (share > 0 && share < 1) return "under 1 %";
  if (share < 100 && share > 99) return "over 99 %";
  return `${Math.round(share)} %`;
}

const letters = new Intl.Segmenter("en", { granularity: "grapheme" });

/** At most so many letters, for where there is no room. */
export function shortened(text: string, most: number): string {
  // A letter has at most a few units, and a name may be a whole book.
  const found = [...letters.segment(text.slice(0, 20 * most))].map(({ segment }) => segment);
  return found.length <= most ? text : `${found.slice(0, most - 1).join("")}…`;
}

/** Names in a row, the rest counted. */
export function listed(names: readonly string[], most: number): string {
  const shown = names.slice(0, most).join(", ");
  return names.length <= most ? shown : `${shown} and ${grouped(names.length - most)} more`;
}
