// Which labels go together, as a heat map.
import { chart, colours, Plot } from "../../charts/chart.js";
import type { Facts } from "../facts.js";
import { bounds } from "../findings/bounds.js";
import { type CoOccurrence, coOccurrence, pairsBeyondChance } from "../findings/co-occurrence.js";
import { html, name } from "../html.js";
import { chartFigure, MANY_LABELS, type Section, tableFrame } from "../section.js";
import { figure, grouped, shortened } from "../words.js";

const LETTERS = 16;
const PAIRS = 10;

export function together(facts: Facts): Section {
  const { labels, training, validation, trainingCounts, validationCounts } = facts;
  const there = labels.map((_, i) => trainingCounts[i].there + validationCounts[i].there);
  const shown = labels
    .map((_, i) => i)
    .filter((i) => there[i] > 0)
    .sort((a, b) => there[b] - there[a] || a - b)
    .slice(0, bounds.heatMap);
  const title = "Labels that go together";
  if (shown.length < 2) {
    return { id: "together", title, body: html`<p>Fewer than two labels are on any image.</p>` };
  }
  const found = coOccurrence([training.targets, validation.targets], labels.length, shown);
  const { together, known } = found;
  const shares = shown.map(
    (i) => there[i] / (there[i] + trainingCounts[i].absent + validationCounts[i].absent),
  );
  const cells = shown.flatMap((_, a) =>
    shown.flatMap((_, b) =>
      a === b || known[a][b] === 0 ? [] : [{ a, b, share: together[a][b] / known[a][b] }],
    ),
  );
  const tick = (i: number) => shortened(labels[shown[i]], LETTERS);
  const places = shown.map((_, i) => i);
  const longest = Math.max(...places.map((i) => tick(i).length));
  const margin = 16 + 7 * longest;
  const side = 30;
  const svg = chart({
    ariaLabel: "Of the images with a row's label, the share that also have a column's",
    width: margin + side * shown.length + margin / 2,
    height: margin + 0.8 * side * shown.length + 8,
    marginLeft: margin,
    marginTop: margin,
    // Where the last column's name leans over.
    marginRight: margin / 2,
    marginBottom: 8,
    x: {
      axis: "top",
      domain: places,
      tickFormat: tick,
      tickRotate: -60,
      label: null,
      tickSize: 0,
      padding: 0.04,
    },
    y: { domain: places, tickFormat: tick, label: null, tickSize: 0, padding: 0.04 },
    // Opacity on the page's own colour suits light and dark alike. What is known to be none is not quite blank.
    opacity: { type: "linear", domain: [0, 1], range: [0.06, 1] },
    marks: [
      Plot.cell(cells, { x: "b", y: "a", fill: colours.main, fillOpacity: { value: "share", scale: true } }),
      Plot.text(cells, {
        x: "b",
        y: "a",
        text: ({ share }: { share: number }) => (share >= 0.005 ? String(Math.round(100 * share)) : ""),
        fontSize: 10,
        fill: ({ share }: { share: number }) => inkOn(share),
      }),
    ],
  });
  return {
    id: "together",
    title,
    folded: labels.length > MANY_LABELS ? `the ${shown.length} most frequent labels` : undefined,
    body: html`<p>Of the images with a row's label, the percentage that also have a column's; training and
validation images together.${
      shown.length < labels.length &&
      html` Shown are the ${shown.length} most frequent labels of ${labels.length}.`
    }</p>
<div class="beside">${chartFigure(svg, html`Percentage with both labels`, { dense: true })}
<div>${strongest(facts, shown, found, shares)}</div></div>`,
  };
}

/** What can be read on a cell: the middling ones are still pale in a light page, and already bright in a dark one. */
function inkOn(share: number): string {
  if (share > 0.76) return "var(--on-chart-main)";
  return share > 0.6 ? "var(--on-chart-half)" : "currentColor";
}

function strongest(
  { labels }: Facts,
  shown: readonly number[],
  found: CoOccurrence,
  shares: readonly number[],
) {
  const pairs = pairsBeyondChance(found, shares).slice(0, PAIRS);
  if (pairs.length === 0) return html``;
  const caption = "Pairs that go together more often than chance would have it";
  return tableFrame(
    caption,
    html`<table class="figures"><caption>${caption}</caption><thead><tr><th scope="col">labels</th>
<th scope="col">images with both</th><th scope="col">times chance</th></tr></thead>
<tbody>${pairs.map(
      ({ first, second, count, lift }) =>
        html`<tr><th scope="row">${name(labels[shown[first]])} and ${name(labels[shown[second]])}</th><td>${grouped(count)}</td><td>${figure(lift, 1)}</td></tr>
`,
    )}</tbody></table>`,
  );
}
