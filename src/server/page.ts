// The page at `/`: its files, as they are sent.
import { readFileSync } from "node:fs";
import { extname } from "node:path";

const types: Record<string, string> = {
  ".html": "text/html; charset=utf-8",
  ".css": "text/css; charset=utf-8",
  ".js": "text/javascript; charset=utf-8",
  ".svg": "image/svg+xml",
};

export interface PageFile {
  /** Where it is found. The page names its parts relative to itself, so that a proxy may move it. */
  readonly path: string;
  readonly type: string;
  readonly content: string;
}

/** Reads the page's files. */
export function pageFiles(): PageFile[] {
  return ["index.html", "page/style.css", "page/main.js", "page/icon.svg"].map((name) => ({
    path: name === "index.html" ? "/" : `/${name}`,
    type: types[extname(name)],
    content: readFileSync(new URL(`./site/${name}`, import.meta.url), "utf8"),
  }));
}
