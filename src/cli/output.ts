// Tables and numbers as the commands print them.
import { isAbsolute, relative } from "node:path";
import Table from "cli-table3";
import pc from "picocolors";

/** A column: its head, and "right" for numbers. */
export type Column = readonly [head: string, align?: "left" | "right"];

const none = Object.fromEntries(
  "top top-mid top-left top-right bottom bottom-mid bottom-left bottom-right left left-mid mid mid-mid right right-mid"
    .split(" ")
    .map((name) => [name, ""]),
);

/** Rows under heads, without lines, so that it reads as well in a file as on a terminal. */
export function table(columns: readonly Column[], rows: readonly (readonly string[])[]): string {
  const drawn = new Table({
    head: columns.map(([head]) => pc.bold(head)),
    colAligns: columns.map(([, align]) => align ?? "left"),
    chars: { ...none, middle: "  " },
    style: { "padding-left": 0, "padding-right": 0, head: [], border: [] },
  });
  drawn.push(...rows.map((row) => [...row]));
  return drawn
    .toString()
    .split("\n")
    .map((line) => line.trimEnd())
    .join("\n");
}

/** Three decimals; a dash for what is not defined. */
export function number(value: number | null | undefined): string {
  return value === null || value === undefined || Number.isNaN(value) ? "–" : value.toFixed(3);
}

/** One line of CSV (RFC 4180), without its end. */
export function csvLine(fields: readonly (string | number)[]): string {
  return fields
    .map(String)
    .map((field) => (/[",\r\n]/.test(field) ? `"${field.replaceAll('"', '""')}"` : field))
    .join(",");
}

/** A path as one would type it here: relative where it lies under the working folder. */
export function fromHere(path: string): string {
  const short = relative(process.cwd(), path);
  return short === "" || short.startsWith("..") || isAbsolute(short) ? path : short;
}
