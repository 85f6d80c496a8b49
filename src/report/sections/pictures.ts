// Pictures with what is said of them: mistakes, and suspected errors of the labels.
import { count } from "../../base/count.js";
import type { SuspectedErrors, Suspects } from "../../metrics/index.js";
import type { Facts } from "../facts.js";
import { bounds } from "../findings/bounds.js";
import type { LabelMistakes, Mistake } from "../findings/mistakes.js";
import { type Html, html, listed, name } from "../html.js";
import { MANY_LABELS, type Section } from "../section.js";
import type { Thumbnail } from "../thumbnails.js";
import { grouped, percent, probabilityText, thresholdText } from "../words.js";

/** By the index of the picture in the validation set; those that could not be read are missing. */
export type Thumbnails = ReadonlyMap<number, Thumbnail>;

/** Labels whose mistakes are unfolded. */
const UNFOLDED = 2;

/** Tags that a caption names. */
const MOST_TAGS = 6;

export function mistakesSection(
  facts: Facts,
  shown: readonly LabelMistakes[],
  thumbnails: Thumbnails,
): Section {
  const { labels, evaluation } = facts;
  const [id, title] = ["mistakes", "The most confident mistakes"];
  if (shown.length === 0) {
    return {
      id,
      title,
      body: html`<p>No decision about a validation image was wrong, of those that are known.</p>`,
    };
  }
  const total = ({ missedCount, falseAlarmCount }: LabelMistakes) => missedCount + falseAlarmCount;
  const ranked = [...shown].sort((a, b) => total(b) - total(a));
  return {
    id,
    title,
    folded:
      labels.length > MANY_LABELS
        ? html`of ${count(shown.length, "label")}, those with the most first`
        : undefined,
    body: html`<p>Validation images for which the decision was wrong by the label's threshold and the probability furthest
off; the labels with the most mistakes first. What looks right here may be wrong in the labels.${
      shown.length < labels.length &&
      html` Shown are ${count(shown.length, "label")}, those with the most mistakes, of ${labels.length}.`
    }</p>
${ranked.map(({ label, missed, falseAlarms, missedCount, falseAlarmCount }, place) => {
  const { threshold } = evaluation.labels[label];
  const row = (what: string, some: readonly Mistake[], total: number) =>
    some.length > 0 &&
    html`<h4>${what} <span class="how">${some.length < total ? `${some.length} of ${count(total, "picture")}` : count(total, "picture")}</span></h4>
<ul class="pictures">${some.map(({ image, probability }) => picture(facts, image, thumbnails, html`probability <b>${probabilityText(probability)}</b>`))}</ul>
`;
  const how = html`<span class="how">${grouped(missedCount)} missed, ${count(falseAlarmCount, "false alarm")}, threshold ${thresholdText(threshold)}</span>`;
  return html`<details class="label" id="label-${label}"${place < UNFOLDED && html` open`}>
<summary><h3>${name(labels[label])}</h3> ${how}</summary>
${row("Missed", missed, missedCount)}${row("False alarms", falseAlarms, falseAlarmCount)}</details>
`;
})}`,
  };
}

export function suspectsSection(facts: Facts, found: SuspectedErrors, thumbnails: Thumbnails): Section {
  const { labels, scores } = facts;
  const known = scores.targets.reduce((sum, target) => sum + Number(target >= 0), 0);
  const total = found.missing.count + found.wrong.count;
  const row = (what: string, { count: all, suspects }: Suspects) =>
    suspects.length > 0 &&
    html`<h3>${what} <span class="how">${suspects.length < all ? html`${suspects.length} of ${grouped(all)}, of a label at most ${bounds.suspectsOfALabel}` : grouped(all)}</span></h3>
<ol class="pictures">${suspects.map(({ image, label, probability }) =>
      picture(
        facts,
        image,
        thumbnails,
        html`<b>${name(labels[label])}</b>? probability ${probabilityText(probability)}`,
      ),
    )}</ol>
`;
  return {
    id: "suspects",
    title: "Suspected label errors",
    folded: labels.length > MANY_LABELS ? html`${grouped(total)} of ${grouped(known)} targets` : undefined,
    body: html`<p>What is said of a validation picture is suspected where the tagger is at least as sure of the contrary as it is on
average of pictures of which the contrary is said (confident learning:
<a href="https://arxiv.org/abs/1911.00068">Northcutt, Jiang and Chuang 2021</a>). Where it is surest by that measure stands
first. ${
      total === 0
        ? "Nothing is suspected."
        : html`Suspected are ${grouped(total)} of ${grouped(known)} targets (${percent(total, known)}); the weaker the tagger, the
more of them are right after all. Look before you change one.`
    }</p>
${row("Perhaps forgotten", found.missing)}${row("Perhaps not there", found.wrong)}`,
  };
}

function picture(
  { scores, validation, labels }: Facts,
  image: number,
  thumbnails: Thumbnails,
  said: Html,
): Html {
  const index = scores.pictures[image];
  const { name: file } = validation.pictures[index];
  const tags = labels.filter((_, label) => scores.targets[image * labels.length + label] >= 0.5);
  const thumb = thumbnails.get(index);
  return html`<li><figure>${
    thumb === undefined
      ? html`<p class="lost">The picture cannot be read.</p>`
      : html`<img src="${thumb.url}" width="${thumb.width}" height="${thumb.height}" alt="${file}">`
  }<figcaption>${said}<br><span class="how">${
    tags.length === 0 ? "labelled with nothing" : html`labelled ${listed(tags.map(name), MOST_TAGS)}`
  }</span><br><span class="file">${name(file)}</span></figcaption></figure></li>
`;
}
