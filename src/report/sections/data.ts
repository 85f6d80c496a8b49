// The data set: how many pictures and labels, what is unknown, how it was split.
import { count } from "../../base/count.js";
import { chart, colours, Plot } from "../../charts/chart.js";
import { wholeTicks } from "../../charts/whole-ticks.js";
import type { Dataset } from "../../data/dataset/dataset.js";
import type { Facts } from "../facts.js";
import { bounds } from "../findings/bounds.js";
import type { LabelCounts } from "../findings/label-counts.js";
import { html, name } from "../html.js";
import { chartFigure, MANY_LABELS, type Section, tableFrame } from "../section.js";
import { figure, grouped, percent, shortened } from "../words.js";

export function data(facts: Facts): Section {
  const { training, validation, trainingCounts, validationCounts, heldOut } = facts;
  const sets = [setFigures(training, trainingCounts), setFigures(validation, validationCounts)];
  const rows: [string, (set: (typeof sets)[number]) => string][] = [
    ["images", (set) => grouped(set.pictures)],
    ["tags", (set) => grouped(set.tags)],
    ["tags per image", (set) => figure(set.pictures === 0 ? null : set.tags / set.pictures, 2)],
    ["images without tags", (set) => `${grouped(set.bare)} (${percent(set.bare, set.pictures)})`],
    ["unknown targets", (set) => `${grouped(set.unknown)} (${percent(set.unknown, set.targets)})`],
    ["labels on no image", (set) => grouped(set.never)],
  ];
  return {
    id: "data",
    title: "Data",
    folded:
      facts.labels.length > MANY_LABELS
        ? `${count(training.pictures.length, "training image")}, ${count(validation.pictures.length, "validation image")}`
        : undefined,
    body: html`<div class="beside"><div>${tableFrame(
      "The sets",
      html`<table class="figures"><caption>The sets</caption><thead><tr><th scope="col"></th><th scope="col">training</th>
<th scope="col">validation</th></tr></thead><tbody>${rows.map(
        ([
          what,
          of,
        ]) => html`<tr><th scope="row">${what}</th>${sets.map((set) => html`<td>${of(set)}</td>`)}</tr>
`,
      )}</tbody></table>`,
    )}
<p>Training images: ${name(training.source)}. ${
      heldOut
        ? html`The validation images are a part of them, set aside so that each label keeps its share.`
        : html`Validation images: ${name(validation.source)}.`
    } On average a label's share of the validation images differs from that of the training images by
${figure(100 * meanShareDifference(facts), 2)} percentage points.</p></div>
${bars(facts)}</div>`,
  };
}

interface SetFigures {
  readonly pictures: number;
  readonly targets: number;
  readonly tags: number;
  readonly unknown: number;
  /** Pictures without a label. */
  readonly bare: number;
  /** Labels that no picture bears. */
  readonly never: number;
}

export function setFigures(
  { pictures, labels, targets }: Dataset,
  counts: readonly LabelCounts[],
): SetFigures {
  const sum = (of: (counts: LabelCounts) => number) => counts.reduce((total, label) => total + of(label), 0);
  let bare = 0;
  for (let start = 0; start < targets.length; start += labels.length) {
    if (!targets.subarray(start, start + labels.length).some((target) => target >= 0.5)) bare++;
  }
  return {
    pictures: pictures.length,
    targets: targets.length,
    tags: sum(({ there }) => there),
    unknown: sum(({ unknown }) => unknown),
    bare,
    never: sum(({ there }) => Number(there === 0)),
  };
}

/** Of labels, over those that are known in both sets; shares of what is known. 0 if there are none. */
export function meanShareDifference({
  trainingCounts,
  validationCounts,
}: Pick<Facts, "trainingCounts" | "validationCounts">): number {
  const share = ({ there, absent }: LabelCounts) => there / (there + absent);
  const differences = trainingCounts
    .map((counts, label) => Math.abs(share(counts) - share(validationCounts[label])))
    .filter((difference) => !Number.isNaN(difference));
  return differences.reduce((sum, difference) => sum + difference, 0) / Math.max(1, differences.length);
}

function bars({ labels, trainingCounts, validationCounts }: Facts) {
  const order = labels
    .map((_, i) => i)
    .sort((a, b) => trainingCounts[b].there - trainingCounts[a].there || a - b)
    .slice(0, bounds.bars);
  const tick = (i: number) => shortened(labels[order[i]], 18);
  const places = order.map((_, i) => i);
  const counts = (set: string, of: readonly LabelCounts[]) =>
    order.map((label, place) => ({ place, set, pictures: of[label].there }));
  const most = Math.max(
    1,
    ...order.map((label) => trainingCounts[label].there + validationCounts[label].there),
  );
  const svg = chart({
    ariaLabel: "Images with each label, training and validation",
    width: 400,
    height: 50 + 20 * order.length,
    marginLeft: 20 + 7 * Math.max(...places.map((i) => tick(i).length)),
    marginRight: 24,
    marginTop: 34,
    marginBottom: 8,
    x: { axis: "top", label: "images", grid: true, domain: [0, most], ticks: [0, ...wholeTicks(most, 4)] },
    y: { domain: places, tickFormat: tick, label: null, tickSize: 0 },
    color: { domain: ["training", "validation"], range: [colours.main, colours.other] },
    marks: [
      Plot.barX([...counts("training", trainingCounts), ...counts("validation", validationCounts)], {
        x: "pictures",
        y: "place",
        fill: "set",
        insetTop: 1,
        insetBottom: 1,
      }),
    ],
  });
  return chartFigure(svg, html`Images with each label`, {
    keys: [
      { colour: "main", text: "training" },
      { colour: "other", text: "validation" },
    ],
    note:
      order.length < labels.length
        ? html`The ${order.length} most frequent labels of ${labels.length}.`
        : undefined,
  });
}
