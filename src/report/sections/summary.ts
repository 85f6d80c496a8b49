// The summary: how good it is, on how much, in how long, what was chosen and why, what to beware of.
import { duration } from "../../base/duration.js";
import type { Facts } from "../facts.js";
import { type Html, html, name } from "../html.js";
import type { Section } from "../section.js";
import { count, figure, grouped, listed, UNDEFINED } from "../words.js";

/** Below it, figures of a label say little. */
const FEW = 10;

export function summary(facts: Facts): Section {
  const { evaluation, training, validation, scores, labels, epochs, choices, tuning } = facts;
  const seconds = epochs.reduce((sum, epoch) => sum + epoch.seconds, 0);
  const cards: [string, string, string][] = [
    ["mAP", figure(evaluation.mAP), "mean average precision of the labels"],
    ["Macro F1", figure(evaluation.macroF1), "mean over the labels"],
    ["Micro F1", figure(evaluation.microF1), "over all decisions"],
    ["Labels", grouped(labels.length), "each decided by itself"],
    ["Pictures", grouped(training.pictures.length), `learned from; ${grouped(scores.images)} validated on`],
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
  const why = [...choices, ...tuning.notes];
  const beware = warnings(facts);
  return {
    id: "summary",
    title: "Summary",
    body: html`<p class="lead">${lead(facts)}</p>
<dl class="cards">${cards.map(
      ([what, value, how]) => html`<div><dt>${what}</dt><dd>${value}</dd><dd class="how">${how}</dd></div>
`,
    )}</dl>
<p>${origin(facts)} Measured on ${count(scores.images, "validation picture")} of
${name(validation.source.split(/[\\/]/).pop() ?? "")}${
  tuned.length > 0 && `, on which ${tuned.join(" and ")} ${tuned.length > 1 ? "were" : "was"} chosen as well`
}.</p>
${beware.length > 0 && html`<h3>To beware of</h3><ul>${beware.map((text) => html`<li>${text}</li>`)}</ul>`}
${why.length > 0 && html`<h3>What was chosen, and why</h3><ul>${why.map((text) => html`<li>${text}</li>`)}</ul>`}`,
  };
}

/** The best and the worst labels in a sentence. */
function lead({ evaluation: { labels, mAP } }: Facts): Html {
  const known = labels
    .filter(({ averagePrecision, positives }) => averagePrecision !== null && positives >= FEW)
    .sort((a, b) => (b.averagePrecision ?? 0) - (a.averagePrecision ?? 0));
  if (mAP === null) return html`No validation picture is known to bear a label: nothing could be measured.`;
  if (known.length < 2) return html`A mean average precision of ${figure(mAP)} on the validation pictures.`;
  const shown = Math.min(3, Math.floor(known.length / 2));
  const told = (some: typeof known) =>
    some.map((label, i) => [
      i > 0 ? ", " : "",
      name(label.name),
      html` (${figure(label.averagePrecision, 2)})`,
    ]);
  return html`By average precision it finds ${told(known.slice(0, shown))} best, and
${told(known.slice(-shown).reverse())} worst${known.length < labels.length && html`, of the labels that ${FEW} validation pictures or more bear`}.`;
}

function origin({ bestEpoch, epochs, ended, settings }: Facts): Html {
  const what = html`A tagger on <b>${name(settings.backbone.split(/[\\/]/).pop() ?? "")}</b> (${
    settings.freeze === "none"
      ? "all of it trained"
      : settings.freeze === "backbone"
        ? "the classifier trained, the rest frozen"
        : html`frozen up to ${name(settings.freeze)}`
  }), pictures of ${settings.size} pixels,`;
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

function warnings({ labels, evaluation, trainingCounts, validation, scores }: Facts): string[] {
  const texts: string[] = [];
  const named = (condition: (label: number) => boolean) => labels.filter((_, label) => condition(label));
  const add = (names: readonly string[], text: string) => {
    if (names.length > 0) texts.push(`${count(names.length, "label")} ${text}: ${listed(names, 8)}.`);
  };
  const positives = (label: number) => evaluation.labels[label].positives;
  add(
    named((label) => trainingCounts[label].there === 0),
    "on no training picture, so that nothing could be learned of it",
  );
  add(
    named((label) => positives(label) === 0),
    "on no validation picture, so that its average precision and recall are not defined",
  );
  add(
    named((label) => positives(label) > 0 && positives(label) < FEW),
    `on fewer than ${FEW} validation pictures, so that its figures are uncertain`,
  );
  const lost = validation.pictures.length - scores.images;
  if (lost > 0) texts.push(`${count(lost, "validation picture")} could not be read, and count in nothing.`);
  return texts;
}
