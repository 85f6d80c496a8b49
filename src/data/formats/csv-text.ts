// Writing CSV: a column of tags where lists of labels say all, else a column for each label.
import { UserError } from "../../base/errors.js";
import type { Content } from "./format.js";
import { groupOf, isListable, pathFrom, presentOf, shortest } from "./written.js";

/** The text of a labels file that stands in `folder`, absolute. */
export function csvText(content: Content, folder: string): string {
  const { labels, pictures } = content;
  refuse(
    labels.filter((label) => label !== label.trim() || label === "" || label.includes("\r")),
    "A name in CSV neither begins nor ends with a blank, nor holds a carriage return",
  );
  const paths = pictures.map(({ path }) => pathFrom(folder, path));
  const written = tagsOf(content);
  return written === undefined ? columns(content, paths) : tags(content, paths, written);
}

/** Whether the labels are written as one column of tags, beside which others have room. */
export function hasTagColumn(content: Content): boolean {
  return tagsOf(content) !== undefined;
}

/** For each picture its tags; undefined where they do not say all, or a label could not be told from two. */
function tagsOf(content: Content): string[] | undefined {
  const { labels, pictures } = content;
  if (!isListable(content)) return undefined;
  const written = pictures.map((_, i) =>
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
  return written;
}

function tags(content: Content, paths: readonly string[], written: readonly string[]): string {
  const fieldsOf = content.pictures.map(({ fields }, i) => ({ ...fields, ...groupOf(content, i) }));
  const others = [...new Set(fieldsOf.flatMap((fields) => Object.keys(fields)))];
  const rows = fieldsOf.map((fields, i) => [
    paths[i],
    written[i],
    ...others.map((other) => fields[other] ?? ""),
  ]);
  return lines([["image", "labels", ...others], ...rows]);
}

function columns(content: Content, paths: readonly string[]): string {
  const { labels, targets } = content;
  const group = Object.keys(groupOf(content, 0));
  refuse(
    labels.filter((label) => group.includes(label)),
    "The column of groups is called so",
  );
  refuse(
    labels.filter((label) => /^(labels|tags)$/i.test(label)),
    "A column of this name would be read as one of tags",
  );
  const rows = paths.map((path, i) => {
    const row = targets.subarray(i * labels.length, (i + 1) * labels.length);
    const values = Array.from(row, (target) => (target < 0 ? "" : String(shortest(target))));
    return [path, ...values, ...Object.values(groupOf(content, i))];
  });
  return lines([["image", ...labels, ...group], ...rows]);
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
