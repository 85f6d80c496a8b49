// The configuration: every option as `train` would be told it, and what was chosen by itself and why.
import { count } from "../../base/count.js";
import type { Facts } from "../facts.js";
import { html, name } from "../html.js";
import { pairs, type Section } from "../section.js";

/** `headLr` is `--head-lr`. */
const option = (setting: string) => `--${setting.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;

export function configuration({ settings, engine, choices, tuning }: Facts): Section {
  const { data, ...rest } = settings;
  const told = Object.entries(rest)
    .filter(([, value]) => value !== undefined && value !== null)
    .sort(([a], [b]) => (a < b ? -1 : 1));
  const why = [...choices, ...tuning.notes];
  const written = (value: unknown) => (typeof value === "object" ? JSON.stringify(value) : String(value));
  return {
    id: "configuration",
    title: "Configuration",
    folded: `every option, and ${count(why.length, "choice")} explained`,
    body: html`<p>Every option of <code>multihot train</code>, those included that were left to it. The same data, options
and versions give the same weights.</p>
${why.length > 0 && html`<h3>What was chosen, and why</h3><ul>${why.map((text) => html`<li>${text}</li>`)}</ul>`}
${pairs("Options", [
  ...(data === undefined ? [] : [[html`DATA`, name(written(data))] as const]),
  ...told.map(([setting, value]) => [html`<code>${option(setting)}</code>`, name(written(value))] as const),
  [html`engine`, engine] as const,
])}`,
  };
}
