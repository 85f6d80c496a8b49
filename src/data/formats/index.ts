// All formats.
import { UserError } from "../../base/errors.js";
import { coco } from "./coco.js";
import { csv } from "./csv.js";
import { folders } from "./folders.js";
import type { Format } from "./format.js";
import { huggingface } from "./huggingface.js";
import { labelStudio } from "./label-studio.js";
import { voc } from "./voc.js";
import { yolo } from "./yolo.js";

/** In the order in which they are tried. */
export const formats: readonly Format[] = [voc, huggingface, yolo, csv, coco, labelStudio, folders];

/** The format of this name. Throws a UserError that names all of them. */
export function formatNamed(name: string): Format {
  const format = formats.find((candidate) => candidate.name === name);
  if (format === undefined) throw new UserError(`The format ${name} is not known. ${knownFormats()}`);
  return format;
}

/** For people: a line for each format. */
export function knownFormats(): string {
  const width = Math.max(...formats.map(({ name }) => name.length));
  const lines = formats.map(({ name, description }) => `  ${name.padEnd(width)}  ${description}`);
  return `We read:\n${lines.join("\n")}`;
}
