// multihot sample: a drawn data set, to try things on.
import { dirname } from "node:path";
import type { Command } from "commander";
import { type SampleOptions, writeSample } from "../data/sample/sample.js";
import { fromHere } from "./output.js";
import { Pace, Progress } from "./progress.js";
import { addCommand } from "./usage.js";
import { checked, type Typed } from "./values.js";

export function addSample(program: Command): void {
  addCommand(
    program,
    "sample <DIR>",
    "Draw a multi-label data set into the new folder DIR: images of simple objects, and labels.csv.",
    "sample drawn --images 600",
  )
    .option("--images <N>", "number of images (default: 600)")
    .option("--size <PIXELS>", "side of each image (default: 128)")
    .option("--seed <N>", "random seed; same seed, same bytes (default: 1)")
    .action(runSample);
}

async function runSample(dir: string, typed: Typed): Promise<void> {
  const options = checked("sample", typed, ["images", "size", "seed"], (values) => values as SampleOptions);
  const progress = new Progress();
  const total = options.images ?? 600;
  const pace = new Pace(total);
  progress.begin("drawing", total);
  const file = await writeSample(dir, {
    ...options,
    onProgress: (done) => progress.update(done, pace.note(done)),
  }).finally(() => progress.end());
  progress.line(`Drew ${total} images into ${fromHere(dirname(file))}.`);
  progress.line(`Train on them: multihot train ${fromHere(file)} --out run`);
}
