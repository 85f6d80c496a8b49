// The table of labels, the worst first; a script lets it sort and filter.
import type { Facts } from "../facts.js";
import { type Html, html, name } from "../html.js";
import { MANY_LABELS, type Section, tableFrame } from "../section.js";
import { figure, grouped, thresholdText, UNDEFINED } from "../words.js";

const heads = [
  "label",
  "training positives",
  "validation positives",
  "average precision",
  "threshold",
  "precision",
  "recall",
  "F1",
];

/** `value` is what a column is sorted by; nothing where it is not defined. */
const cell = (text: string, value: number | null) =>
  html`<td data-value="${value === null ? "" : String(Number(value.toPrecision(7)))}">${text}</td>`;

const measured = (value: number | null) =>
  value === null
    ? html`<td data-value=""><span title="not defined">${UNDEFINED}</span></td>`
    : cell(figure(value), value);

/** How many of many labels are shown unfolded. */
const WORST = 10;

/** @param linked the labels whose mistakes are shown */
export function labels(facts: Facts, linked: ReadonlySet<number>): Section {
  const { evaluation } = facts;
  // What is not defined comes last, the frequent first among equals.
  const precision = (label: number) => evaluation.labels[label].averagePrecision ?? 2;
  const order = evaluation.labels
    .map((_, label) => label)
    .sort(
      (a, b) =>
        precision(a) - precision(b) || evaluation.labels[b].positives - evaluation.labels[a].positives,
    );
  const many = order.length > MANY_LABELS;
  const table = (some: readonly number[], caption: string, sortable: boolean) =>
    tableFrame(
      caption,
      html`<table class="figures${sortable && " sortable"}"><caption class="spoken">${caption}</caption>
<thead><tr>${heads.map((head) => html`<th scope="col">${head}</th>`)}</tr></thead>
<tbody>${some.map((label) => row(facts, label, linked.has(label)))}</tbody></table>`,
    );
  const all = table(order, "All labels and their figures", true);
  return {
    id: "labels",
    title: "Labels",
    body: html`<p>How well each label is found on the validation images, with its threshold${
      many
        ? html`: the ${WORST} with the lowest average precision.`
        : html`; the lowest average precision first.`
    }<span id="sort-hint" class="screen" hidden> A column's head sorts ${many ? "the table of all labels" : "the table"} by it.</span></p>
${
  many
    ? html`${table(order.slice(0, WORST), `The ${WORST} worst labels`, false)}
<details><summary>All ${grouped(order.length)} labels</summary>
<form class="filter screen" role="search" hidden><label>Show labels that contain <input type="search" autocomplete="off"></label> <output></output></form>
${all}</details>`
    : all
}
<p class="note"><b>Average precision</b>: how well the label's probability ranks images that have it before those that do
not; no threshold enters. <b>Precision</b>: the share of images given the label that have it. <b>Recall</b>: the share of
images that have it which are given it. <b>F1</b>: their harmonic mean. ${UNDEFINED}: not defined, since no validation image
has the label (average precision, recall) or none is given it (precision).</p>`,
  };
}

function row({ evaluation, trainingCounts }: Facts, i: number, isLinked: boolean): Html {
  const label = evaluation.labels[i];
  const trained = trainingCounts[i].there;
  const ap = label.averagePrecision;
  const shown = isLinked ? html`<a href="#label-${i}">${name(label.name)}</a>` : name(label.name);
  return html`<tr><th scope="row">${shown}</th>${cell(grouped(trained), trained)}${cell(
    grouped(label.positives),
    label.positives,
  )}${
    ap === null
      ? measured(ap)
      : html`<td class="bar" data-value="${Number(ap.toPrecision(7))}"><meter min="0" max="1" value="${ap.toFixed(3)}" aria-hidden="true"></meter>${figure(ap)}</td>`
  }${cell(thresholdText(label.threshold), label.threshold)}${measured(label.precision)}${measured(label.recall)}${measured(
    label.f1,
  )}</tr>
`;
}
