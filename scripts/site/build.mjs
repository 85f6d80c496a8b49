// Builds the site: gathers the pages, lets VitePress build them, and makes the result work from a disk, without a server.
// npm run site, which writes site/index.html.
import { execFileSync } from "node:child_process";
import { cpSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join, posix, relative } from "node:path";
import { fileURLToPath } from "node:url";

const here = dirname(fileURLToPath(import.meta.url));
const project = join(here, "../..");
const pages = join(here, "pages");
const site = join(project, "site");

/** Pages of the project's root, by their names on the site. */
const roots = {
  "README.md": "index.md",
  "CHANGELOG.md": "changelog.md",
  "ARCHITECTURE.md": "architecture.md",
  "CONTRIBUTING.md": "contributing.md",
  "SECURITY.md": "security.md",
};

/** Where a link of a page leads on the site; undefined for files that are no pages. */
function onSite(page, url) {
  const [path, anchor] = url.split("#");
  const target = posix.join(posix.dirname(page), path);
  const name = roots[target] ?? (/^docs\/.*\.md$/.test(target) ? target.slice("docs/".length) : undefined);
  if (name === undefined) return undefined;
  const from = roots[page] ?? page.slice("docs/".length);
  const way = posix.relative(posix.dirname(from), name);
  return `${way.startsWith(".") ? way : `./${way}`}${anchor === undefined ? "" : `#${anchor}`}`;
}

/** A page's text with links as the site has them; what is no page is named, not linked. */
function linked(page, text) {
  return text.replace(/\[([^\]]*)\]\(([^)\s]+)\)/g, (whole, label, url) => {
    if (/^[a-z]+:/.test(url) || url.startsWith("#") || /\.(png|svg|jpg)$/.test(url)) return whole;
    const target = onSite(page, url);
    return target === undefined ? label : `[${label}](${target})`;
  });
}

function gather() {
  rmSync(pages, { recursive: true, force: true });
  mkdirSync(pages);
  const docs = readdirSync(join(project, "docs"), { recursive: true })
    .map((name) => posix.join("docs", String(name).replaceAll("\\", "/")))
    .filter((file) => !file.startsWith("docs/api"));
  const present = new Set(readdirSync(project));
  for (const file of [...Object.keys(roots).filter((name) => present.has(name)), ...docs]) {
    const to = join(pages, roots[file] ?? file.slice("docs/".length));
    mkdirSync(dirname(to), { recursive: true });
    if (file.endsWith(".md")) writeFileSync(to, linked(file, readFileSync(join(project, file), "utf8")));
    else if (/\.\w+$/.test(file)) cpSync(join(project, file), to);
  }
}

/** Addresses that begin at the server's root begin at the page instead, so that a browser finds them on a disk. */
function makeRelative() {
  for (const name of readdirSync(site, { recursive: true })) {
    if (!String(name).endsWith(".html")) continue;
    const file = join(site, String(name));
    const root = relative(dirname(file), site).replaceAll("\\", "/") || ".";
    const html = readFileSync(file, "utf8");
    writeFileSync(
      file,
      html.replace(/\b(href|src)="\/(?!\/)([^"]*)"/g, (_, attribute, path) => {
        const target = path === "" ? "index.html" : path;
        return `${attribute}="${root}/${target}"`;
      }),
    );
  }
}

gather();
execFileSync(process.execPath, [join(here, "node_modules/vitepress/bin/vitepress.js"), "build", "."], {
  cwd: here,
  stdio: "inherit",
});
if (!process.env.MULTIHOT_SITE_BASE) makeRelative();
