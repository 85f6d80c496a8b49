// Bounds: how much of everything a report shows, so that its size does not grow with the data.

/** Of mistakes, all labels together. */
const MISTAKES = 288;
/** Of each kind, missed or false alarm, a label. */
const MOST_OF_A_KIND = 4;

export const bounds = {
  /** Pictures of suspected label errors, of each kind. */
  suspects: 12,
  /** Of them, of one label. */
  suspectsOfALabel: 3,
  /** Letters of all pictures together, as data URLs (base64: four letters for three bytes). */
  pictureLetters: 2_000_000,
  /** Labels that have a precision-recall curve of their own. */
  curves: 36,
  /** Labels in the table of labels that go together. */
  heatMap: 24,
  /** Labels in the chart of the data set. */
  bars: 40,
} as const;

/** How many labels show mistakes, and how many of each kind. */
export function mistakeBounds(labels: number): { labels: number; each: number } {
  const each = Math.min(MOST_OF_A_KIND, Math.max(1, Math.floor(MISTAKES / (2 * labels))));
  return { labels: Math.min(labels, Math.floor(MISTAKES / (2 * each))), each };
}
