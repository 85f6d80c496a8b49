// multihot export: a bundle for other runtimes.

import { stat } from "node:fs/promises";
import type { Command } from "commander";
import pc from "picocolors";
import { count } from "../base/count.js";
import { exportBundle } from "../export/export.js";
import type { Quality } from "../export/format.js";
import { formats } from "../export/formats.js";
import { checkExportOptions, type ExportOptions } from "../export/options.js";
import { fromHere, number, table } from "./output.js";
import { Pace, Progress } from "./progress.js";
import { addCommand } from "./usage.js";
import { checked, type Typed } from "./values.js";

export function addExport(program: Command): void {
  const command = addCommand(
    program,
    "export <BUNDLE>",
    "Export the model in the folder BUNDLE for other runtimes.",
    "export run/bundle --format onnx --out tagger.onnx",
  )
    .option("--format <NAME>", Object.keys(formats).join(", "))
    .option("--out <PATH>", "file or folder to write")
    .option("--precision <NAME>", "precision of the weights: fp32, fp16 or int8")
    .option("--data <DATA>", "images to measure on (default: the validation images)")
    .option("--force", "export even if mAP drops by more than a point")
    .option("--threads <N>", "threads that compute (default: one for each core)")
    .option("--json", "print JSON: the files and the measurements");
  command.addHelpText(
    "after",
    `\nFormats:\n${Object.entries(formats)
      .map(([name, { description }]) => `  ${name.padEnd(12)} ${description}`)
      .join("\n")}`,
  );
  command.action(runExport);
}

async function runExport(dir: string, { json, ...typed }: Typed): Promise<void> {
  const options = checked("export", typed, ["threads"], (values) => {
    checkExportOptions(values as ExportOptions);
    return values as ExportOptions;
  });
  const progress = new Progress({ json: json === true });
  progress.begin("Exporting");
  let pace: Pace | undefined;
  let current = "";
  const exported = await exportBundle(dir, options, {
    onNote: (sentence) => progress.warn(sentence),
    onProgress: (task, done, total) => {
      if (task !== current) {
        current = task;
        pace = new Pace(total);
        progress.begin(task, total);
      }
      progress.update(done, pace?.note(done) ?? "");
    },
  }).finally(() => progress.end());
  const sized = await Promise.all(
    exported.files.map(async (path) => ({ path, bytes: (await stat(path)).size })),
  );
  if (json) {
    progress.result(`${JSON.stringify({ files: sized, quality: exported.quality ?? null }, null, 2)}\n`);
    return;
  }
  if (exported.quality) progress.line(`${told(exported.quality)}\n`);
  progress.line(
    table(
      [["file"], ["size", "right"]],
      sized.map(({ path, bytes }) => [pc.bold(fromHere(path)), size(bytes)]),
    ),
  );
}

function told({ mAP, images, data, largestDifference }: Quality): string {
  return (
    `${pc.bold(`mAP ${number(mAP.before)} before, ${number(mAP.after)} after`)} on ${count(images, "image")} of ` +
    `${fromHere(data)}; no probability moved by more than ${largestDifference.toFixed(3)}.`
  );
}

function size(bytes: number): string {
  return bytes < 1e6 ? `${Math.ceil(bytes / 1e3)} kB` : `${(bytes / 1e6).toFixed(1)} MB`;
}
