// Html: templates whose values are escaped, as elements' content and as quoted attributes' values.
import { html as template } from "hono/html";

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

/** In a row, separated by commas. */
export function row(parts: readonly Html[]): Html {
  return html`${parts.map((part, i) => [i > 0 && ", ", part])}`;
}
