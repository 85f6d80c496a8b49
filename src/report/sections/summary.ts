// The summary: how good it is, on how much, in how long, what to beware of and what to do next.
import { count } from "../../base/count.js";
import { duration } from "../../base/duration.js";
import type { Evaluation } from "../../bundle/manifest.js";
import { seenWarning } from "../../bundle/seen-images.js";
import { precisionRecallF1, type SuspectedErrors } from "../../metrics/index.js";
import type { Facts } from "../facts.js";
import { type Html, html, listed, name } from "../html.js";
import type { Section } from "../section.js";
import { figure, grouped, percent, UNDEFINED } from "../words.js";
import { nextSteps } from "./next-steps.js";
import { FEW_TO_MEASURE, warnings } from "./warnings.js";

export function summary(facts: Facts, suspected: SuspectedErrors): Section {
  const { evaluation, training, validation, scores, labels, epochs, tuning, test } = facts;
  const seconds = epochs.reduce((sum, epoch) => sum + epoch.seconds, 0);
  const cards: [string, string, string][] = [
    ["mAP", figure(evaluation.mAP), `mean average precision of the labels${uncertainty(facts)}`],
    [
      "Macro F1",
      figure(evaluation.macroF1),
      "mean over the labels, rare ones counting as much as frequent ones",
    ],
    ["Micro F1", figure(evaluation.microF1), "over all decisions, frequent labels counting most"],
    ...(test
      ? [
          [
            "Test mAP",
            figure(test.mAP),
            `on ${count(test.images, "image")} that had no part in training${between(test)}`,
          ] satisfies [string, string, string],
        ]
      : []),
    ["Labels", grouped(labels.length), "each decided on its own"],
    ["Images", grouped(training.pictures.length), `for training; ${grouped(scores.images)} for validation`],
    [
      "Time",
      epochs.length === 0 ? UNDEFINED : duration(seconds),
      `${count(epochs.length, "epoch")} with validation, without preparations`,
    ],
  ];
  const tuned = [
    ...(tuning.thresholdFor === "none" ? [] : ["each label's threshold"]),
    ...(tuning.calibration ? ["its calibration"] : []),
  ];
  const beware = warnings(facts);
  return {
    id: "summary",
    title: "Summary",
    body: html`<p class="lead">${lead(facts)}</p>
<dl class="cards">${cards.map(
      ([what, value, how]) => html`<div><dt>${what}</dt><dd>${value}</dd><dd class="how">${how}</dd></div>
`,
    )}</dl>
<p>${origin(facts)} Measured on ${count(scores.images, "validation image")} of
${name(validation.source.split(/[\\/]/).pop() ?? "")}${
  tuned.length > 0 && `, on which ${tuned.join(" and ")} ${tuned.length > 1 ? "were" : "was"} chosen as well`
}.</p>
${test && testFigures(test)}
${beware.length > 0 && html`<h3>To beware of</h3><ul>${beware.map((text) => html`<li>${text}</li>`)}</ul>`}
<h3>What to do next</h3><ul>${nextSteps(facts, suspected).map((step) => html`<li>${step}</li>`)}</ul>`,
  };
}

const between = ({ mAPInterval }: Evaluation) =>
  mAPInterval
    ? `; 95 % confidence interval ${figure(mAPInterval.low, 2)} to ${figure(mAPInterval.high, 2)}`
    : "";

/** What the finished bundle gives on images that nothing was chosen on. */
function testFigures(test: NonNullable<Facts["test"]>): Html {
  const { seen, images } = test;
  const warning = seen && seenWarning(seen, images);
  return html`<p>Measured once, at the end, on ${count(images, "test image")} of ${name(test.source.split(/[\\/]/).pop() ?? "")}: mAP
<b>${figure(test.mAP)}</b>, macro F1 ${figure(test.macroF1)}, micro F1 ${figure(test.microF1)}. Nothing was chosen on these
images, so these are the figures to expect of new ones.${warning && html` <strong>But: ${warning}</strong>`}</p>`;
}

/** How far chance may have moved mAP, and what guessing would give. */
function uncertainty({ evaluation, validationCounts }: Facts): string {
  if (evaluation.mAP === null) return "";
  const shares = validationCounts
    .filter(({ there }) => there > 0)
    .map(({ there, absent }) => there / (there + absent));
  const guessed = shares.reduce((sum, share) => sum + share, 0) / shares.length;
  return `${between(evaluation)}; guessing gives ${figure(guessed, 2)}`;
}

/** How much of what it says is right, and which labels it finds best and worst. */
function lead({ evaluation, probabilities, scores, labels: names, tuning }: Facts): Html {
  const { labels, mAP } = evaluation;
  if (mAP === null) return html`No validation image is known to have a label, so nothing could be measured.`;
  const { precision, recall } = precisionRecallF1(probabilities, scores.targets, {
    images: scores.images,
    labels: names.length,
    thresholds: tuning.thresholds,
    average: "micro",
  });
  const right =
    precision === null
      ? html`It gives no tags at all to images that it was not trained on.`
      : html`On images that it was not trained on, <b>${percent(precision, 1)} of the tags that it gives are right, and it gives
${percent(recall ?? 0, 1)} of those that are there</b>.`;
  const known = labels
    .filter(({ averagePrecision, positives }) => averagePrecision !== null && positives >= FEW_TO_MEASURE)
    .sort((a, b) => (b.averagePrecision ?? 0) - (a.averagePrecision ?? 0));
  if (known.length < 2) return right;
  const shown = Math.min(3, Math.floor(known.length / 2));
  const told = (some: typeof known) =>
    listed(some.map((label) => html`${name(label.name)} (${figure(label.averagePrecision, 2)})`));
  return html`${right} By average precision it finds ${told(known.slice(0, shown))} best, and
${told(known.slice(-shown).reverse())} worst${known.length < labels.length && html`, of the labels that ${FEW_TO_MEASURE} or more validation images have`}.`;
}

function origin({ bestEpoch, epochs, ended, settings }: Facts): Html {
  const what = html`A tagger on <b>${name(settings.backbone.split(/[\\/]/).pop() ?? "")}</b> (${
    settings.freeze === "none"
      ? "all of it trained"
      : settings.freeze === "backbone"
        ? "the classifier trained, the rest frozen"
        : html`frozen up to ${name(settings.freeze)}`
  }), images of ${settings.size} pixels,`;
  if (bestEpoch === 0) return html`${what} as initialised: nothing has been trained.`;
  const done = epochs.length;
  return html`${what} with the weights of epoch ${bestEpoch}, the best of ${
    ended && done === settings.epochs ? count(done, "epoch") : html`${done} so far`
  }.${
    ended
      ? done < settings.epochs && html` The run ended early, since no better epoch had come for long enough.`
      : html` <strong>The run is not at its end</strong> (${done} of ${settings.epochs} epochs): this is its best epoch until now, with figures as training computed them.`
  }`;
}
