// A card: a picture and what is said of it.

import { count } from "../base/count.js";
import type { Tagged } from "../bundle/prediction.js";
import { copyOf, made, part, percent } from "./elements.js";

export interface Model {
  readonly labels: readonly string[];
  /** One a label. */
  readonly thresholds: readonly number[];
}

/** Labels that are shown before the others are asked for. */
const SHOWN = 6;

/** A card with a picture whose tags are not known yet. */
export function newCard(file: File): HTMLElement {
  const card = copyOf("card");
  const img = part(card, "img") as HTMLImageElement;
  img.src = URL.createObjectURL(file);
  img.onerror = () => {
    img.remove();
    card.classList.add("blind");
  };
  part(card, "h2").textContent = file.name;
  part(card, ".tags").textContent = "…";
  part(card, "details").hidden = true;
  return card;
}

/** Draws a picture's tags, and its labels from the most probable down. */
export function draw(card: HTMLElement, { labels, thresholds }: Model, tagged: Tagged): void {
  const ranked = labels
    .map((label, i) => ({ label, probability: tagged.probabilities[label], threshold: thresholds[i] }))
    .sort((a, b) => b.probability - a.probability);
  const reached = new Set(tagged.labels);
  const tags = part(card, ".tags");
  tags.textContent = reached.size === 0 ? "No label reaches its threshold." : "";
  for (const { label } of ranked) {
    if (reached.has(label)) tags.append(made("b", { textContent: label }));
  }
  const shown = Math.max(SHOWN, ranked.findLastIndex(({ label }) => reached.has(label)) + 1);
  const rows = ranked.map(({ label, probability, threshold }) =>
    row(label, probability, threshold, reached.has(label)),
  );
  part(card, ".labels").append(...rows.slice(0, shown));
  const others = part(card, "details");
  others.hidden = rows.length <= shown;
  part(others, "summary").textContent = `The other ${count(rows.length - shown, "label")}`;
  part(others, ".labels").append(...rows.slice(shown));
}

export function tellWrong(card: HTMLElement, error: unknown): void {
  card.classList.add("wrong");
  part(card, "details").hidden = true;
  part(card, ".tags").textContent = error instanceof Error ? error.message : String(error);
}

function row(label: string, probability: number, threshold: number, reached: boolean): HTMLElement {
  const li = copyOf("row");
  li.classList.toggle("reached", reached);
  part(li, ".name").textContent = label;
  part(li, ".value").textContent = percent(probability);
  part(li, ".fill").style.width = `${probability * 100}%`;
  part(li, ".mark").style.left = `${threshold * 100}%`;
  const meets = reached ? "reaches" : "stays below";
  part(li, ".spoken").textContent = `, ${meets} its threshold of ${percent(threshold)}`;
  return li;
}
