// multihot convert: a data set in another format.

import type { Command } from "commander";
import pc from "picocolors";
import { count } from "../base/count.js";
import { convert } from "../data/dataset/convert.js";
import { readDataset } from "../data/dataset/read.js";
import { withUnknown } from "../data/dataset/unknown-targets.js";
import { Pace, Progress } from "./progress.js";
import { addCommand } from "./usage.js";
import { type Typed, unknownOption } from "./values.js";

export function addConvert(program: Command): void {
  addCommand(
    program,
    "convert <DATA>",
    "Write DATA in another format: csv, coco or label-studio (a file), voc, yolo, huggingface or folders (a new folder with copies of the images).",
    "convert photos/labels.csv --to coco --out photos/coco.json",
  )
    .requiredOption("--to <FORMAT>", "format to write")
    .requiredOption("--out <PATH>", "new file or folder")
    .option("--format <NAME>", "format of DATA (default: detected)")
    .option("--images <DIR>", "folder that the paths in DATA are relative to")
    .option("--group-by <COLUMN>", "a column that groups images; it is kept")
    .option("--unknown <WHAT>", "ignore: keep as unknown; negative: write as absent")
    .action(runConvert);
}

async function runConvert(data: string, typed: Typed): Promise<void> {
  const { to, out } = typed;
  const [format, groupBy, images] = [typed.format, typed.groupBy, typed.images].map((text) =>
    typeof text === "string" ? text : undefined,
  );
  const unknown = unknownOption(typed.unknown);
  const progress = new Progress();
  progress.begin(`Reading ${data}`);
  try {
    const read = await readDataset(data, { format, groupBy, images });
    const dataset = { ...read, targets: withUnknown(read.targets, unknown) };
    let pace: Pace | undefined;
    const { copied, lost, groupsLost } = await convert(dataset, {
      to: String(to),
      out: String(out),
      groupBy,
      onProgress: (done, total) => {
        if (!pace) {
          pace = new Pace(total);
          progress.begin("copying", total);
        }
        progress.update(done, pace.note(done));
      },
    });
    progress.end();
    const what = `${count(dataset.pictures.length, "image")}, ${count(dataset.labels.length, "label")}`;
    progress.line(`Wrote ${out}: ${what}${copied > 0 ? `, ${count(copied, "file")} copied` : ""}.`);
    if (groupsLost) progress.warn(pc.yellow(`This format can't store groups. Left out: ${groupBy}`));
    if (lost.length > 0) {
      const names = lost.slice(0, 10).join(", ");
      progress.warn(
        pc.yellow(
          `This format can only store labels that some image has. Left out: ${names}${lost.length > 10 ? " …" : ""}`,
        ),
      );
    }
  } finally {
    progress.end();
  }
}
