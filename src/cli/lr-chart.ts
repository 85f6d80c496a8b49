// The plot of find-lr: the loss by the learning rate.
import { chart, colours, Plot } from "../charts/chart.js";
import type { LrFinding } from "../training/find-lr/find-lr.js";
import { smoothed } from "../training/find-lr/range-test.js";

/** An SVG file of its own. */
export function lrChart({ trials, found }: LrFinding): string {
  const means = smoothed(trials);
  const points = trials.map((trial, i) => ({ ...trial, mean: means[i] }));
  const start = Math.max(...means.slice(0, Math.ceil(trials.length / 2)), 0);
  const top = 1.5 * start;
  const marks = found
    ? [
        { rate: found.suggestion, text: `suggested: ${Number(found.suggestion.toPrecision(2))}` },
        { rate: found.lowest, text: "lowest" },
      ]
    : [];
  const svg = chart({
    ariaLabel: "Loss by learning rate",
    width: 720,
    height: 400,
    marginLeft: 56,
    marginBottom: 46,
    x: {
      type: "log",
      label: "learning rate",
      labelOffset: 42,
      grid: true,
      tickFormat: (rate: number) => rate.toExponential(0),
    },
    y: {
      label: "loss",
      domain: [0.95 * Math.min(...trials.map(({ loss }) => loss)), top],
      clamp: true,
      grid: true,
    },
    marks: [
      Plot.dot(points, { x: "rate", y: "loss", r: 2, fill: colours.faint }),
      Plot.line(points, { x: "rate", y: "mean", stroke: colours.main, strokeWidth: 2 }),
      Plot.ruleX(marks, { x: "rate", stroke: colours.other, strokeDasharray: "4 3" }),
      Plot.text(marks, { x: "rate", y: top, text: "text", dy: -8, fill: colours.other }),
    ],
  });
  // A file of its own has no page below it.
  return svg.replace(/^<svg[^>]*>/, '$&<rect width="100%" height="100%" fill="white"/>');
}
