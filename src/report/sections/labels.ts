// The table of labels, which a script lets sort.
import type { Facts } from "../facts.js";
import { html, name } from "../html.js";
import { type Section, tableFrame } from "../section.js";
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

/** @param linked the labels whose mistakes are shown */
export function labels({ evaluation, trainingCounts }: Facts, linked: ReadonlySet<number>): Section {
  const rows = evaluation.labels.map((label, i) => {
    const trained = trainingCounts[i].there;
    const ap = label.averagePrecision;
    const shown = linked.has(i) ? html`<a href="#label-${i}">${name(label.name)}</a>` : name(label.name);
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
  });
  return {
    id: "labels",
    title: "Labels",
    body: html`<p>How well each label is found on the validation pictures, with its threshold.<span id="sort-hint" class="screen" hidden> A
column's head sorts by it.</span></p>
${tableFrame(
  "Labels and their figures",
  html`<table class="figures sortable"><caption class="spoken">Labels</caption>
<thead><tr>${heads.map((head) => html`<th scope="col">${head}</th>`)}</tr></thead>
<tbody>${rows}</tbody></table>`,
)}
<p class="note"><b>Average precision</b>: how well the label's probability ranks pictures that bear it before those that
do not; no threshold enters. <b>Precision</b>: the share of pictures given the label that bear it. <b>Recall</b>: the share
of pictures that bear it which are given it. <b>F1</b>: their harmonic mean. ${UNDEFINED}: not defined, since no validation
picture bears the label (average precision, recall) or none is given it (precision).</p>`,
  };
}
