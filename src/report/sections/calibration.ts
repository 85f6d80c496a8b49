// Whether probabilities mean what they say, before calibration and after.
import { chart, colours, Plot } from "../../charts/chart.js";
import { expectedCalibrationError, reliability } from "../../metrics/index.js";
import type { Facts } from "../facts.js";
import { html } from "../html.js";
import { chartFigure, type Key, MANY_LABELS, type Section } from "../section.js";
import { figure } from "../words.js";

const METHODS = {
  platt: "Platt scaling: a scale and a shift for each label",
  temperature: "one temperature for all labels",
};

export function calibration({ scores, labels, uncalibrated, probabilities, tuning }: Facts): Section {
  const [id, title] = ["calibration", "Calibration"];
  if (!scores.targets.some((target) => target >= 0)) {
    return { id, title, body: html`<p>No validation image has a known label.</p>` };
  }
  const shape = { images: scores.images, labels: labels.length };
  const bins = (values: Float32Array) => reliability(values, scores.targets, shape);
  const error = (values: Float32Array) => expectedCalibrationError(values, scores.targets, shape);
  const method = tuning.calibration?.method;
  const judged = tuning.crossValidation.calibrationError;
  const line = (values: Float32Array, colour: string, dashes?: string) => [
    Plot.line(bins(values), {
      x: "probability",
      y: "share",
      stroke: colour,
      strokeWidth: 1.5,
      strokeDasharray: dashes,
    }),
    Plot.dot(bins(values), { x: "probability", y: "share", r: "count", fill: colour, fillOpacity: 0.75 }),
  ];
  const axis = { domain: [0, 1], grid: true };
  const svg = chart({
    ariaLabel: "Share of images with a label, by predicted probability",
    width: 400,
    height: 360,
    marginLeft: 46,
    marginBottom: 40,
    marginTop: 24,
    x: { ...axis, label: "probability" },
    y: { ...axis, label: "share with the label" },
    r: { range: [2.5, 12] },
    marks: [
      Plot.line(
        [
          [0, 0],
          [1, 1],
        ],
        { stroke: colours.faint, strokeDasharray: "2 3" },
      ),
      ...(method === undefined ? [] : line(uncalibrated, colours.other, "5 3")),
      ...line(probabilities, colours.main),
    ],
  });
  const errors =
    method === undefined
      ? html`Probabilities are as the network gives them; their expected calibration error is
${figure(error(probabilities))}.`
      : html`Expected calibration error: ${figure(error(uncalibrated))} before and ${figure(error(probabilities))} after
calibration (${METHODS[method]}) on these images, on which it was fitted.`;
  const keys: Key[] =
    method === undefined
      ? [{ colour: "main", text: "as the network gives them" }]
      : [
          { colour: "other", text: "before (dashed)" },
          { colour: "main", text: "after calibration" },
        ];
  return {
    id,
    title,
    folded:
      labels.length > MANY_LABELS
        ? html`expected calibration error ${figure(error(probabilities))}`
        : undefined,
    body: html`<div class="beside"><div><p>Of the images that get a label with probability 0.8, four in five should have
it: then the points lie on the dotted diagonal. All labels together, in fifteen bins; the larger a point, the more
decisions are in it.</p>
<p>${errors}${
      judged !== null &&
      (method === undefined
        ? html` A calibration was tried and left out: by cross-validation it would have made of
${figure(judged.before)} ${figure(judged.after)}.`
        : html` Judged by cross-validation, on images that nothing was fitted on: ${figure(judged.before)} before,
${figure(judged.after)} after.`)
    } The error is the mean distance of a point from the diagonal, each point counting by its decisions.</p></div>
${chartFigure(svg, html`Probability and truth`, { keys })}</div>`,
  };
}
