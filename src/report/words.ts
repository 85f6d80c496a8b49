// Words: numbers as the report writes them.

/** What stands for a figure that is not defined. */
export const UNDEFINED = "–";

/** Three decimals; a dash for what is not defined. */
export function figure(value: number | null | undefined, decimals = 3): string {
  return value === null || value === undefined || !Number.isFinite(value)
    ? UNDEFINED
    : value.toFixed(decimals);
}

/** Of what is not nothing, and not certain, neither 0 nor 1 is said. */
export function probabilityText(value: number): string {
  if (value > 0 && value < 0.005) return "under 0.01";
  if (value < 1 && value >= 0.995) return "over 0.99";
  return value.toFixed(2);
}

/** Three decimals, of small ones two digits. */
export function thresholdText(value: number): string {
  return value > 0 && value < 0.01 ? value.toPrecision(2) : value.toFixed(3);
}

/** `1,234`. */
export function grouped(n: number): string {
  return n.toLocaleString("en-US");
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
