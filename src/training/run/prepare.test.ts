// What is told before a run begins, and before the pass over all images that looks for near copies.
import assert from "node:assert/strict";
import { existsSync, renameSync } from "node:fs";
import { mkdir, mkdtemp, readFile, rename, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { smallRun } from "../../../test/support/small-run.js";
import type { UserError } from "../../base/errors.js";
import type { TrainOptions } from "../recipe/options.js";
import { runTraining } from "./train.js";

let folder: string;
let options: TrainOptions;
before(async () => {
  folder = await mkdtemp(join(tmpdir(), "multihot-prepare-"));
  await smallRun(folder);
  options = {
    data: join(folder, "labels.csv"),
    out: join(folder, "run"),
    backbone: join(folder, "backbone.onnx"),
    ...{ engine: "ort", freeze: "backbone", size: 32, batch: 8, epochs: 1, threads: 1, workers: 1 },
  };
});
after(() => rm(folder, { recursive: true, force: true }));

/** The error of a run that cannot begin, which has looked at no image and left nothing. */
async function refused(changed: Partial<TrainOptions>): Promise<UserError> {
  const seen: string[] = [];
  const run = runTraining({ ...options, ...changed }, { onEvent: ({ event }) => seen.push(event) });
  const error: unknown = await run.then(
    () => assert.fail("It has begun."),
    (reason: unknown) => reason,
  );
  assert.equal((error as Error).name, "UserError", String(error));
  assert.deepEqual(seen, []);
  assert.ok(!existsSync(options.out));
  return error as UserError;
}

test("what is wrong with data and backbone is told together, at once", async () => {
  const { problems } = await refused({ backbone: "resnet5", data: join(folder, "nowhere.csv") });
  assert.equal(problems.length, 2);
  assert.match(problems[0], /nowhere\.csv: there is no such file/);
  assert.match(problems[1], /There is no backbone "resnet5"/);
});

test("so are weights that are missing, a file that is no model, modules that are not there, and labels' weights", async () => {
  assert.match((await refused({ weights: join(folder, "no.safetensors") })).message, /no\.safetensors/);
  await writeFile(join(folder, "broken.onnx"), "no model");
  assert.match((await refused({ backbone: join(folder, "broken.onnx") })).message, /broken\.onnx/);
  assert.match((await refused({ freeze: "layer9" })).message, /no module "layer9"/);
  const { problems } = await refused({ labelWeights: { bleu: 2 }, momentum: 0.5, warmup: 3 });
  assert.equal(problems.length, 3);
  assert.match(problems.join("\n"), /--momentum belongs.*--warmup 3.*The nearest is "blue"/s);
});

test("images that are elsewhere are told with where they are, and found with images", async () => {
  const elsewhere = join(folder, "disk", "photos");
  await mkdir(elsewhere, { recursive: true });
  await rename(join(folder, "images"), join(elsewhere, "images"));
  const error = await refused({});
  assert.equal(error.code, "DATA");
  assert.match(
    error.message,
    new RegExp(`^40 of the 40 images of .*labels\\.csv are not there\\. .*--images ${elsewhere}\\.`),
  );
  assert.match(
    error.problems[0],
    /row 2, images\/0\.png: there is no such file; there is .*photos\/images\/0\.png/,
  );
  const { message } = await refused({ images: join(folder, "nothing") });
  assert.match(message, /--images .*nothing: there is no such folder/);
  const out = join(folder, "found");
  await runTraining({ ...options, out, images: elsewhere, nearCopies: "ignore" });
  const config = JSON.parse(await readFile(join(out, "config.json"), "utf8"));
  assert.equal(config.settings.images, elsewhere);
  await rename(join(elsewhere, "images"), join(folder, "images"));
});

test("a run that learns from kept features ends when its images vanish, and continues when they are back", async () => {
  const out = join(folder, "vanishing");
  const epochs: number[] = [];
  await assert.rejects(
    runTraining(
      { ...options, out, epochs: 5, augment: "none", nearCopies: "ignore" },
      {
        onEvent(event) {
          const images = join(folder, "images");
          if (event.event === "step" && existsSync(images)) renameSync(images, join(folder, "gone"));
          if (event.event === "epoch") epochs.push(event.epoch);
        },
      },
    ),
    { name: "UserError", code: "DATA", message: /have vanished.*--resume/s },
  );
  assert.ok(epochs.length <= 1, `${epochs.length} epochs`);
  await rename(join(folder, "gone"), join(folder, "images"));
  assert.equal((await runTraining({ data: options.data, out, resume: true })).event, "done");
});
