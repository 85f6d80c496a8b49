// Writing CSV: a column of tags where lists of labels say all, else a column for each label.
import { UserError } from "../../base/errors.js";
import type { Content } from "./format.js";
import { isListable, pathFrom, presentOf, shortest } from "./written.js";

/** The text of a labels file that stands in `folder`, absolute. */
export function csvText(content: Content, folder: string): string {
  const { labels, pictures } = content;
  refuse(
    labels.filter((label) => label !== label.trim() || label === "" || label.includes("\r")),
    "A name in CSV neither begins nor ends with a blank, nor holds a carriage return",
  );
  const paths = pictures.map(({ path }) => pathFrom(folder, path));
  return (isListable(content) && tags(content, paths)) || columns(content, paths);
}

/** Undefined where a label could not be told from two. */
function tags(content: Content, paths: readonly string[]): string | undefined {
  const { labels, pictures } = content;
  const written = paths.map((_, i) =>
    presentOf(content, i)
      .map((column) => labels[column])
      .join("|"),
  );
  const parted = written.some((text) => text.includes("|"));
  // As the reader guesses: what else a label may hold depends on whether a bar occurs.
  if (labels.some((label) => (parted ? /[|;]/ : /[|;,\s]/).test(label))) return undefined;
  if (written.some((text) => /^\[.*\]$/s.test(text))) return undefined;
  // The reader takes these for attempts to say what is unknown.
  if (labels.includes("?") || labels.includes("-1")) return undefined;
  const others = [...new Set(pictures.flatMap(({ fields = {} }) => Object.keys(fields)))];
  const rows = pictures.map(({ fields = {} }, i) => [
    paths[i],
    written[i],
    ...others.map((other) => fields[other] ?? ""),
  ]);
  return lines([["image", "labels", ...others], ...rows]);
}

function columns({ labels, targets }: Content, paths: readonly string[]): string {
  refuse(
    labels.filter((label) => /^(labels|tags)$/i.test(label)),
    "A column of this name would be read as one of tags",
  );
  const rows = paths.map((path, i) => {
    const row = targets.subarray(i * labels.length, (i + 1) * labels.length);
    return [path, ...Array.from(row, (target) => (target < 0 ? "" : String(shortest(target))))];
  });
  return lines([["image", ...labels], ...rows]);
}

function refuse(labels: readonly string[], why: string): void {
  if (labels.length === 0) return;
  const names = labels.slice(0, 5).map((label) => JSON.stringify(label));
  throw new UserError(`The label ${names.join(", ")} cannot be written as CSV. ${why}; rename it.`);
}

/** RFC 4180, with the line ends of this century. */
function lines(rows: readonly (readonly string[])[]): string {
  const quoted = (field: string) =>
    /[",\r\n]|^\s|\s$/.test(field) ? `"${field.replaceAll('"', '""')}"` : field;
  return rows.map((row) => `${row.map(quoted).join(",")}\n`).join("");
}
