// The site of the documentation: the pages of docs/, with the README as the front page.
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { defineConfig } from "vitepress";

/** What build.mjs has gathered. */
const pages = fileURLToPath(new URL("../pages", import.meta.url));

/** The folders of docs/ in the order in which a new user needs them. */
const sections = [
  { folder: "tutorial", text: "Tutorial" },
  { folder: "how-to", text: "How-to" },
  { folder: "reference", text: "Reference" },
  { folder: "explanation", text: "Explanation" },
  { folder: "measurements", text: "Measurements" },
] as const;

const titleOf = (file: string) =>
  /^# (.+)$/m.exec(readFileSync(file, "utf8"))?.[1].replaceAll("`", "") ?? file;

function linksIn(folder: string) {
  return readdirSync(join(pages, folder))
    .filter((name) => name.endsWith(".md"))
    .sort()
    .map((name) => ({
      text: titleOf(join(pages, folder, name)),
      link: `/${join(folder, name).replace(/\.md$/, "")}`,
    }));
}

const single = readdirSync(pages)
  .filter((name) => name.endsWith(".md") && name !== "index.md")
  .map((name) => ({ text: titleOf(join(pages, name)), link: `/${name.replace(/\.md$/, "")}` }));

export default defineConfig({
  title: "multihot",
  description: "Fine-tune image taggers in TypeScript.",
  lang: "en",
  srcDir: "pages",
  outDir: "../../site",
  base: process.env.MULTIHOT_SITE_BASE ?? "/",
  themeConfig: {
    search: { provider: "local" },
    outline: [2, 3],
    nav: sections.map(({ folder, text }) => ({ text, link: linksIn(folder)[0].link })),
    sidebar: [
      { text: "multihot", link: "/" },
      ...sections.map(({ folder, text }) => ({ text, items: linksIn(folder) })),
      { text: "More", items: single },
    ],
  },
});
