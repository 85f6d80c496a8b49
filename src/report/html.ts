// Html: templates whose values are escaped, as elements' content and as quoted attributes' values.
import { html as template } from "hono/html";
import { grouped } from "./words.js";

export { raw } from "hono/html";

/** What has been escaped. */
export type Html = ReturnType<typeof import("hono/html").raw>;

/** Nothing is written for what is null, undefined or false. */
type Value = Html | string | number | null | undefined | false | readonly Value[];

export function html(strings: TemplateStringsArray, ...values: Value[]): Html {
  // Only promises among the values would make one of the whole.
  return template(strings, ...values) as Html;
}

/** A name of the user's: its direction is its own, and does not turn the text around it. */
export function name(text: string): Html {
  return html`<bdi>${text}</bdi>`;
}

/** In a row, separated by commas; those beyond `most` are counted. */
export function listed(parts: readonly Html[], most = Number.POSITIVE_INFINITY): Html {
  const more = parts.length - most;
  return html`${parts.slice(0, most).map((part, i) => [i > 0 && ", ", part])}${more > 0 && ` and ${grouped(more)} more`}`;
}
