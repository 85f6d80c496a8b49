// Report: a run as one HTML file that works offline.
import { type SuspectedErrors, suspectedLabelErrors } from "../metrics/index.js";
import { type Facts, factsOf } from "./facts.js";
import { bounds, mistakeBounds } from "./findings/bounds.js";
import { type LabelMistakes, mistakes } from "./findings/mistakes.js";
import { spread } from "./findings/spread.js";
import { html } from "./html.js";
import type { ReportInput } from "./input.js";
import { page } from "./page.js";
import { calibration } from "./sections/calibration.js";
import { together } from "./sections/co-occurrence.js";
import { configuration } from "./sections/configuration.js";
import { curves } from "./sections/curves.js";
import { data } from "./sections/data.js";
import { epochs } from "./sections/epochs.js";
import { labels } from "./sections/labels.js";
import { mistakesSection, suspectsSection } from "./sections/pictures.js";
import { summary } from "./sections/summary.js";
import { type Thumbnail, thumbnail } from "./thumbnails.js";

export interface ReportHooks {
  /** Told how many of the report's pictures have been read. */
  onProgress?: (done: number, total: number) => void;
  /** When it is written. Default: now. */
  date?: Date;
}

/** The whole text of `report.html`. */
export async function report(
  input: ReportInput,
  { onProgress, date = new Date() }: ReportHooks = {},
): Promise<string> {
  const facts = factsOf(input);
  const { probabilities, scores, tuning, validation } = facts;
  const limit = mistakeBounds(facts.labels.length);
  const wrong = chosen(mistakes(probabilities, scores.targets, tuning.thresholds, limit.each), limit.labels);
  const suspected = suspects(facts);
  const shown = [
    ...wrong.flatMap(({ missed, falseAlarms }) => [...missed, ...falseAlarms]),
    ...suspected.missing.suspects,
    ...suspected.wrong.suspects,
  ].map(({ image }) => scores.pictures[image]);
  const each = bounds.pictureLetters / Math.max(1, shown.length);
  const needed = [...new Set(shown)];
  const thumbnails = new Map<number, Thumbnail>();
  for (const [done, index] of needed.entries()) {
    onProgress?.(done, needed.length);
    const small = await thumbnail(validation.pictures[index].path, each);
    if (small) thumbnails.set(index, small);
  }
  onProgress?.(needed.length, needed.length);
  const written = date.toISOString().slice(0, 16).replace("T", " ");
  return page(`Training report: ${input.name}`, html`Written on ${written} UTC.`, [
    summary(facts, suspected),
    epochs(facts),
    labels(facts, new Set(wrong.map(({ label }) => label))),
    curves(facts),
    calibration(facts),
    together(facts),
    mistakesSection(facts, wrong, thumbnails),
    suspectsSection(facts, suspected, thumbnails),
    data(facts),
    configuration(facts),
  ]);
}

function suspects({ probabilities, scores, labels }: Facts): SuspectedErrors {
  const shape = { images: scores.images, labels: labels.length };
  const { missing, wrong } = suspectedLabelErrors(probabilities, scores.targets, { ...shape, most: 1000 });
  const limit = { most: bounds.suspects, ofALabel: bounds.suspectsOfALabel };
  return {
    missing: { ...missing, suspects: spread(missing.suspects, limit) },
    wrong: { ...wrong, suspects: spread(wrong.suspects, limit) },
  };
}

/** The labels with mistakes; where they are too many those with the most, in the labels' order. */
function chosen(all: readonly LabelMistakes[], most: number): LabelMistakes[] {
  const total = ({ missedCount, falseAlarmCount }: LabelMistakes) => missedCount + falseAlarmCount;
  return all
    .filter((label) => total(label) > 0)
    .sort((a, b) => total(b) - total(a))
    .slice(0, most)
    .sort((a, b) => a.label - b.label);
}
