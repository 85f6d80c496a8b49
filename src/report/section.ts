// Section: a part of the report, and what several of them are made of.
import { type Html, html, raw } from "./html.js";

export interface Section {
  /** Of the page: where a link leads. */
  readonly id: string;
  readonly title: string;
  readonly body: Html;
  /** What is inside, in a few words: the section is folded, and this stands beside its title. */
  readonly folded?: Html | string;
}

/** With more labels a report shows the worst, and folds what would make it long. */
export const MANY_LABELS = 20;

/** What a colour stands for. */
export interface Key {
  readonly colour: "main" | "other" | "faint";
  readonly text: string;
}

/**
 * A chart with its title above, what its colours mean, and a sentence below. A dense one is not made smaller where there
 * is no room, but scrolls.
 */
export function chartFigure(
  svg: string,
  title: Html,
  { keys = [], note, dense = false }: { keys?: Key[]; note?: Html; dense?: boolean } = {},
): Html {
  return html`<figure class="chart-figure">
<figcaption><strong>${title}</strong>${keys.map(({ colour, text }) => html` <span class="key ${colour}">${text}</span>`)}</figcaption>
${dense ? html`<div class="wide dense" tabindex="0" role="group" aria-label="The chart, which scrolls sideways">${raw(svg)}</div>` : raw(svg)}
${note && html`<p class="note">${note}</p>`}</figure>`;
}

/** A table that scrolls sideways where it is wider than the page. */
export function tableFrame(label: string, table: Html): Html {
  return html`<div class="wide" tabindex="0" role="region" aria-label="${label}">${table}</div>`;
}

/** Pairs of what and how much. */
export function pairs(caption: string, rows: readonly (readonly [Html | string, Html | string])[]): Html {
  return tableFrame(
    caption,
    html`<table class="pairs"><caption>${caption}</caption><tbody>${rows.map(
      ([what, value]) => html`<tr><th scope="row">${what}</th><td>${value}</td></tr>
`,
    )}</tbody></table>`,
  );
}
