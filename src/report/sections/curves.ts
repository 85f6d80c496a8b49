// Precision-recall curves, one a label.
import { count } from "../../base/count.js";
import { chart, colours, Plot } from "../../charts/chart.js";
import { type PrecisionRecallPoint, precisionRecallCurve } from "../../metrics/index.js";
import type { Facts } from "../facts.js";
import { bounds } from "../findings/bounds.js";
import { html, name, raw } from "../html.js";
import { MANY_LABELS, type Section } from "../section.js";
import { figure } from "../words.js";

export function curves(facts: Facts): Section {
  const { evaluation, labels } = facts;
  const defined = evaluation.labels
    .map((label, index) => ({ ...label, index }))
    .filter(({ positives }) => positives > 0)
    .sort((a, b) => b.positives - a.positives);
  const shown = defined.slice(0, bounds.curves).sort((a, b) => a.index - b.index);
  const which =
    shown.length === labels.length
      ? ""
      : shown.length === defined.length
        ? ` ${count(labels.length - defined.length, "label")} without a validation image have none.`
        : ` Shown are the ${shown.length} labels with the most validation images, of ${labels.length}.`;
  return {
    id: "curves",
    title: "Precision and recall",
    folded: labels.length > MANY_LABELS ? `curves of ${count(shown.length, "label")}` : undefined,
    body: html`<p>What precision the label has (upwards) at each recall (to the right), as its threshold falls. The
dot is where its threshold stands; the dotted line is the share of images with the label, which blind guessing
reaches.${which}</p>
${
  shown.length > 0 &&
  html`<div class="multiples">${shown.map(
    (
      label,
    ) => html`<figure><figcaption><span class="one-line">${name(label.name)}</span> <span class="how">AP ${figure(label.averagePrecision)}</span></figcaption>
${raw(curve(facts, label.index))}</figure>
`,
  )}</div>`
}`,
  };
}

function curve({ probabilities, scores, labels, evaluation }: Facts, label: number): string {
  const column = (values: Float32Array) =>
    Float32Array.from({ length: scores.images }, (_, i) => values[i * labels.length + label]);
  const targets = column(scores.targets);
  const points = thinned(precisionRecallCurve(column(probabilities), targets));
  const { precision, recall, positives, name } = evaluation.labels[label];
  const known = targets.reduce((sum, target) => sum + Number(target >= 0), 0);
  const axis = { domain: [0, 1], ticks: [0, 0.5, 1], tickSize: 3 };
  return chart({
    ariaLabel: `Precision by recall of ${name}: at its threshold, precision ${figure(precision, 2)}, recall ${figure(recall, 2)}`,
    width: 200,
    height: 190,
    marginLeft: 30,
    marginRight: 10,
    marginTop: 22,
    marginBottom: 34,
    x: { ...axis, label: "recall" },
    y: { ...axis, label: "precision", grid: true },
    marks: [
      Plot.ruleY([positives / known], { stroke: colours.faint, strokeDasharray: "2 3" }),
      // From recall 0 on the first point's precision holds.
      Plot.line([{ ...points[0], recall: 0 }, ...points], {
        x: "recall",
        y: "precision",
        stroke: colours.main,
        strokeWidth: 1.5,
        curve: "step-before",
      }),
      ...(precision === null || recall === null
        ? []
        : [Plot.dot([{ precision, recall }], { x: "recall", y: "precision", fill: colours.other, r: 4 })]),
    ],
  });
}

/** At most a point in each hundredth of recall, and the end: more cannot be seen, and would make the file large. */
export function thinned(points: readonly PrecisionRecallPoint[]): PrecisionRecallPoint[] {
  const best = new Map<number, PrecisionRecallPoint>();
  for (const point of points) {
    const part = point.recall === 1 ? 101 : Math.ceil(100 * point.recall);
    const before = best.get(part);
    if (before === undefined || point.precision > before.precision) best.set(part, point);
  }
  return [...best.values()].filter(({ recall }) => recall > 0);
}
