// The page: sections put into one HTML file that asks for nothing outside itself.
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { type Html, html, name, raw } from "./html.js";
import type { Section } from "./section.js";

const asset = (file: string) => readFileSync(new URL(`./site/${file}`, import.meta.url), "utf8").trim();

/** @param title of the document and its first heading */
export function page(title: string, subtitle: Html, sections: readonly Section[]): string {
  const style = asset("style.css");
  const script = asset("page.js");
  const hash = createHash("sha256").update(script).digest("base64");
  // Nothing is loaded, whatever the name of a label or a file contains.
  const policy = `default-src 'none'; img-src data:; style-src 'unsafe-inline'; script-src 'sha256-${hash}'`;
  const document = html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="generator" content="multihot">
<title>${title}</title>
<link rel="icon" href="data:,">
<style>${raw(style)}</style>
</head>
<body>
<a class="skip" href="#main">Skip to the summary</a>
<header><h1>${name(title)}</h1><p>${subtitle}</p></header>
<nav aria-label="Sections"><ul>${sections.map(({ id, title }) => html`<li><a href="#${id}">${title}</a></li>`)}</ul></nav>
<main id="main">
${sections.map(
  ({ id, title, body, folded }) => html`<section id="${id}" aria-labelledby="${id}-title">
${
  folded === undefined
    ? html`<h2 id="${id}-title">${title}</h2>
${body}`
    : html`<details class="section"><summary><h2 id="${id}-title">${title}</h2> <span class="how">${folded}</span></summary>
${body}
</details>`
}
</section>
`,
)}</main>
<footer>Written by multihot. This file holds everything that it shows; it needs no network.</footer>
<script>${raw(script)}</script>
</body>
</html>
`;
  return String(document);
}
