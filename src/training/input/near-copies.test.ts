// Copies in a run: what is encoded twice stays on one side of the split, also when the run goes on, and leaks are told.
import assert from "node:assert/strict";
import { copyFile, mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import sharp from "sharp";
import { endOf } from "../../../test/support/stopped.js";
import { random } from "../../base/random.js";
import { readDataset } from "../../data/dataset/read.js";
import { drawScene } from "../../data/sample/scene.js";
import type { TrainEvent } from "../events/events.js";
import { sentenceOf } from "../recipe/choice.js";
import type { TrainOptions } from "../recipe/options.js";
import { reportRun } from "../run/report.js";
import { runTraining } from "../run/train.js";

let folder: string;
let data: string;
/** Names of pictures and of what was made of the same scene. */
const pairs: [string, string][] = [];
before(async () => {
  folder = await mkdtemp(join(tmpdir(), "multihot-copies-"));
  await mkdir(join(folder, "images"));
  const rows = ["image,labels"];
  for (let i = 0; rows.length <= 50; i++) {
    const { svg, labels } = drawScene(random(6, "sample", i), 96);
    if (labels.length < 2) continue;
    const scene = sharp(Buffer.from(svg)).flatten();
    const names: [string, string] = [`images/${i}.jpg`, `images/${i} again.jpg`];
    await scene.clone().jpeg({ quality: 95 }).toFile(join(folder, names[0]));
    rows.push(`${names[0]},${labels.join("|")}`);
    if (pairs.length === 12) continue;
    await scene
      .clone()
      .resize(60 + i)
      .jpeg({ quality: 40 })
      .toFile(join(folder, names[1]));
    rows.push(`${names[1]},${labels.join("|")}`);
    pairs.push(names);
  }
  data = join(folder, "labels.csv");
  await writeFile(data, `${rows.join("\n")}\n`);
});
after(() => rm(folder, { recursive: true, force: true }));

const small = {
  backbone: "resnet10-small",
  freeze: "none",
  size: 32,
  batch: 8,
  epochs: 1,
  precision: "fp32",
  threads: 1,
  workers: 1,
} as const;

async function run(name: string, options: Partial<TrainOptions>, stop?: TrainEvent["event"]) {
  const events: TrainEvent[] = [];
  const signal = new AbortController();
  await endOf(
    runTraining(
      { data, out: join(folder, name), ...options },
      {
        signal: signal.signal,
        onEvent(event) {
          events.push(event);
          if (event.event === stop) signal.abort();
        },
      },
    ),
    signal.signal,
  );
  const start = events.find((event) => event.event === "start");
  return {
    choices: start?.choices.map(sentenceOf).join("\n") ?? "",
    looked: events.filter((e) => e.event === "near-copies"),
  };
}

/** The pairs of which a run learns from one and is validated on the other. */
async function parted(name: string): Promise<[string, string][]> {
  const { pictures } = await readDataset(join(folder, name, "validation.csv"));
  const held = new Set(pictures.map(({ path }) => path));
  return pairs.filter(([a, b]) => held.has(join(folder, a)) !== held.has(join(folder, b)));
}

test("near copies stay on one side, are told, and are not looked for again", async () => {
  const { looked, choices } = await run("together", small, "start");
  assert.deepEqual(await parted("together"), []);
  assert.match(
    choices,
    /--near-copies together: 12 groups of images that look alike stay on one side, 24 images in all/,
  );
  assert.deepEqual(looked.at(-1), { ...looked.at(-1), done: 50, total: 50 });
  const listed = JSON.parse(await readFile(join(folder, "together/near-copies.json"), "utf8"));
  assert.deepEqual(listed, pairs);

  const again = await run("together", { resume: true });
  assert.deepEqual(again.looked, []);
  assert.deepEqual(await parted("together"), []);
  await reportRun(join(folder, "together"));
});

test("a split that ignores near copies parts some, without decoding anything for it", async () => {
  const { looked, choices } = await run("ignored", { ...small, epochs: 0, nearCopies: "ignore" });
  assert.deepEqual(looked, []);
  assert.ok(!choices.includes("near-copies"), choices);
  assert.ok((await parted("ignored")).length > 0);
});

test("files of the training set among those to validate on are told, and nothing is split", async () => {
  await copyFile(join(folder, pairs[0][0]), join(folder, "held.jpg"));
  await copyFile(join(folder, pairs[1][0]), join(folder, "held too.jpg"));
  await sharp(join(folder, pairs[2][0])).flop().toFile(join(folder, "new.jpg"));
  const val = join(folder, "val.csv");
  const { labels } = await readDataset(data);
  const some = { ...small, epochs: 0, val };
  await writeFile(val, `image,labels\nheld.jpg,${labels[0]}\nheld too.jpg,\nnew.jpg,\n`);
  const { looked, choices } = await run("leaking", some);
  assert.deepEqual(looked, []);
  assert.match(choices, /^2 validation images are among the training images too/m);
  await writeFile(val, `image,labels\nnew.jpg,${labels[0]}\n`);
  assert.ok(!(await run("tight", some)).choices.includes("among the training images"));
  await assert.rejects(run("both", { ...some, nearCopies: "together" }), /nearCopies: it belongs to/);
});
