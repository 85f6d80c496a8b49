// Loss and mAP by epoch.
import { count } from "../../base/count.js";
import { duration } from "../../base/duration.js";
import { chart, colours, Plot } from "../../charts/chart.js";
import { wholeTicks } from "../../charts/whole-ticks.js";
import type { Facts } from "../facts.js";
import { html } from "../html.js";
import { chartFigure, type Section, tableFrame } from "../section.js";
import { figure } from "../words.js";

/** No wider than a phone shows at a size that can be read. */
const frame = { width: 400, height: 250, marginLeft: 46, marginRight: 14, marginTop: 30, marginBottom: 40 };

export function epochs(facts: Facts): Section {
  const { epochs, bestEpoch, ended, evaluation } = facts;
  const title = "Epochs";
  if (epochs.length === 0) {
    return { id: "epochs", title, body: html`<p>No epoch was trained.</p>` };
  }
  const last = epochs[epochs.length - 1].epoch;
  const x = {
    label: "epoch",
    domain: last === 1 ? [0.5, 1.5] : [1, last],
    ticks: wholeTicks(last, 10),
    tickFormat: String,
  };
  const best = epochs.filter(({ epoch }) => epoch === bestEpoch);
  const line = (data: object[], y: string, colour: string, dashes?: string) => [
    Plot.line(data, { x: "epoch", y, stroke: colour, strokeWidth: 2, strokeDasharray: dashes }),
    Plot.dot(data, { x: "epoch", y, fill: colour, r: epochs.length > 40 ? 1 : 3 }),
  ];
  const mark = [
    Plot.ruleX(best, { x: "epoch", stroke: colours.faint, strokeDasharray: "2 3" }),
    Plot.text(best, {
      x: "epoch",
      frameAnchor: "top",
      lineAnchor: "bottom",
      dy: -4,
      text: () => "best",
      fill: "currentColor",
    }),
  ];
  const losses = chart({
    ...frame,
    ariaLabel: `Loss by epoch: training ${figure(epochs[0].loss)} to ${figure(epochs[epochs.length - 1].loss)}`,
    x,
    y: { label: "loss", grid: true, nice: true },
    marks: [
      ...mark,
      ...line(epochs.slice(), "loss", colours.main),
      ...line(epochs.slice(), "validationLoss", colours.other, "5 3"),
    ],
  });
  const known = epochs.filter(({ mAP }) => mAP !== null);
  const trained = figure(best[0]?.mAP);
  const finished = figure(evaluation.mAP);
  const same = new Set(known.map(({ mAP }) => mAP)).size === 1;
  const precisions = chart({
    ...frame,
    ariaLabel: `mAP by epoch, best in epoch ${bestEpoch}`,
    x,
    // Of a single value there is no scale.
    y: { label: "mAP", grid: true, nice: true, domain: same ? [0, 1] : undefined },
    marks: [...mark, ...line(known, "mAP", colours.main)],
  });
  return {
    id: "epochs",
    title,
    body: html`<div class="charts">
${chartFigure(losses, html`Loss by epoch`, {
  keys: [
    { colour: "main", text: "training" },
    { colour: "other", text: "validation (dashed)" },
  ],
})}
${
  known.length === 0
    ? html`<p>mAP is not defined: no validation image is known to have a label.</p>`
    : chartFigure(precisions, html`Validation mAP by epoch`, {
        note:
          ended && best.length > 0 && trained !== finished
            ? html`As training computed it, ${trained} in epoch ${bestEpoch}; the finished bundle, which computes in float32, has ${finished}.`
            : undefined,
      })
}
</div>
<details><summary>The figures of ${count(epochs.length, "epoch")}</summary>
${tableFrame(
  "Figures by epoch",
  html`<table class="figures"><caption>Figures by epoch</caption>
<thead><tr>${["epoch", "loss", "validation loss", "mAP", "learning rate", "images/s", "time"].map(
    (head) => html`<th scope="col">${head}</th>`,
  )}</tr></thead>
<tbody>${epochs.map(
    (
      epoch,
    ) => html`<tr><th scope="row">${epoch.epoch}${epoch.epoch === bestEpoch && " (best)"}</th><td>${figure(
      epoch.loss,
      4,
    )}</td><td>${figure(epoch.validationLoss, 4)}</td><td>${figure(epoch.mAP)}</td><td>${epoch.learningRate.toPrecision(
      3,
    )}</td><td>${figure(epoch.imagesPerSecond, 0)}</td><td>${duration(epoch.seconds)}</td></tr>
`,
  )}</tbody></table>`,
)}</details>`,
  };
}
