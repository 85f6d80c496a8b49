// Warnings: labels of which too little is known, what was asked for and not reached, and pictures that are lost.
import { count } from "../../base/count.js";
import type { Facts } from "../facts.js";
import { type Html, html, listed, name } from "../html.js";

/** On fewer validation pictures the figures of a label say little. */
export const FEW_TO_MEASURE = 10;
/** Labels that a warning names. */
const NAMED = 8;

export function warnings({ labels, evaluation, trainingCounts, validation, scores, tuning }: Facts): Html[] {
  const warnings: Html[] = [];
  const warn = (condition: (label: number) => boolean, text: string) => {
    const found = labels.filter((_, label) => condition(label));
    if (found.length === 0) return;
    warnings.push(html`${count(found.length, "label")} ${text}: ${listed(found.map(name), NAMED)}.`);
  };
  const positives = (label: number) => evaluation.labels[label].positives;
  warn((label) => trainingCounts[label].there === 0, "on no training image, so the model can't learn them");
  warn(
    (label) => positives(label) === 0,
    "on no validation image, so average precision and recall are not defined",
  );
  warn(
    (label) => positives(label) > 0 && positives(label) < FEW_TO_MEASURE,
    `on fewer than ${FEW_TO_MEASURE} validation images, so the figures are uncertain`,
  );
  const [aim, wanted] = tuning.thresholdFor.split("=");
  if (aim === "precision" || aim === "recall") {
    const reached = (label: number) => evaluation.labels[label][aim];
    warn(
      (label) => (reached(label) ?? 1) < Number(wanted),
      `below the ${aim} of ${wanted} you asked for, on these images`,
    );
    warn(
      (label) => aim === "precision" && reached(label) === null && positives(label) > 0,
      `never predicted, because no threshold is sure to reach a precision of ${wanted}`,
    );
  }
  const lost = validation.pictures.length - scores.images;
  if (lost > 0) warnings.push(html`${count(lost, "validation image")} could not be read and were ignored.`);
  return warnings;
}
