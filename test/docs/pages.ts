// The documentation's pages, taken apart: code with the line where it stands, links, headings.
import { readdirSync, readFileSync } from "node:fs";
import { join, posix } from "node:path";
import { fileURLToPath } from "node:url";
import GithubSlugger from "github-slugger";
import type { Node } from "mdast";
import { fromMarkdown } from "mdast-util-from-markdown";
import { visit } from "unist-util-visit";

export const project = fileURLToPath(new URL("../../..", import.meta.url));

export interface Code {
  /** The page's path from the project's folder, and the line of the code's first line, from 1. */
  readonly page: string;
  readonly line: number;
  readonly text: string;
  /** `ts`, `sh`, …; "" where none is told, undefined where it stands in a sentence. */
  readonly language: string | undefined;
}

export interface Link {
  readonly page: string;
  readonly line: number;
  /** As it is written, and the file that it leads to with its anchor; undefined for other sites. */
  readonly url: string;
  readonly target: { readonly file: string; readonly anchor: string } | undefined;
}

export interface Page {
  readonly file: string;
  readonly code: readonly Code[];
  readonly links: readonly Link[];
  readonly anchors: ReadonlySet<string>;
}

/** Every page that people write: at the root, and in `docs/` without the API reference, which is generated. */
export function pages(): Page[] {
  const markdown = (folder: string, recursive: boolean) =>
    readdirSync(join(project, folder), { recursive })
      .map((name) => posix.join(folder, String(name).replaceAll("\\", "/")))
      .filter((file) => file.endsWith(".md") && !file.startsWith("docs/api/"))
      .sort();
  return [...markdown(".", false), ...markdown("docs", true)].map((file) =>
    readPage(file, readFileSync(join(project, file), "utf8")),
  );
}

export function readPage(file: string, markdown: string): Page {
  const code: Code[] = [];
  const links: Link[] = [];
  const anchors = new Set<string>();
  const slugger = new GithubSlugger();
  const line = (node: Node) => node.position?.start.line ?? 1;
  visit(fromMarkdown(markdown), (node) => {
    if (node.type === "code") {
      // A fence stands above its first line; indented code is its own first line.
      const fenced = /^\s*[`~]/.test(markdown.split("\n")[line(node) - 1]) ? 1 : 0;
      code.push({ page: file, line: line(node) + fenced, text: node.value, language: node.lang ?? "" });
    } else if (node.type === "inlineCode") {
      code.push({ page: file, line: line(node), text: node.value, language: undefined });
    } else if (node.type === "heading") {
      anchors.add(slugger.slug(textOf(node)));
    } else if (node.type === "link" || node.type === "image") {
      links.push({ page: file, line: line(node), url: node.url, target: targetOf(file, node.url) });
    }
  });
  return { file, code, links, anchors };
}

function textOf(heading: Node): string {
  let text = "";
  visit(heading, (node) => {
    if ("value" in node && typeof node.value === "string") text += node.value;
  });
  return text;
}

function targetOf(page: string, url: string): Link["target"] {
  if (/^[a-z]+:/.test(url)) return undefined;
  const [path, anchor = ""] = url.split("#");
  return { file: path ? posix.join(posix.dirname(page), decodeURIComponent(path)) : page, anchor };
}
