// Outside truth: cross-entropy and counts told by hand, of the network whose numbers can be told by hand.
import assert from "node:assert/strict";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { colourNetwork, colours, plain, probabilityOf } from "../../test/support/colours.js";
import type { Skipped } from "../data/loader/loader.js";
import { ortEngine } from "../engines/index.js";
import { evaluate } from "./evaluate.js";
import { unmeasured } from "./manifest.js";
import { writeBundle } from "./write.js";

let folder: string;
let bundle: string;
before(async () => {
  folder = await mkdtemp(join(tmpdir(), "multihot-evaluate-"));
  bundle = join(folder, "bundle");
  await writeBundle(bundle, {
    network: colourNetwork(),
    labels: colours,
    thresholds: [0.5, 0.5, 0.999],
    metrics: unmeasured,
    selfCheckImage: await plain([200, 120, 60], "jpeg"),
    engine: ortEngine({ threads: 1 }),
  });
  for (let i = 0; i < 24; i++) {
    const picture = i === 5 ? Buffer.from("broken") : await plain([i % 2 ? 255 : 0, 0, 255]);
    await writeFile(join(folder, `${i}.png`), picture);
  }
});
after(() => rm(folder, { recursive: true, force: true }));

const high = probabilityOf(255);

test("pictures that cannot be read are told with their row, and count in nothing", async () => {
  const rows = Array.from({ length: 24 }, (_, i) => `${i}.png,${i % 2 ? "blue|red" : "blue"}`);
  await writeFile(join(folder, "tags.csv"), `image,labels\n${rows.join("\n")}\n`);
  const skipped: Skipped[] = [];
  const progress: [number, number][] = [];
  const found = await evaluate(bundle, join(folder, "tags.csv"), {
    threads: 1,
    batch: 10,
    onSkipped: (picture) => skipped.push(picture),
    onProgress: (done, total) => progress.push([done, total]),
  });
  assert.equal(found.images, 23);
  assert.deepEqual(
    skipped.map(({ picture }) => [picture.name, picture.row]),
    [["5.png", 7]],
  );
  assert.deepEqual(progress, [
    [0, 24],
    [10, 24],
    [20, 24],
    [24, 24],
  ]);
  // A perfect ranking has no variance to estimate.
  assert.deepEqual([found.mAP, found.mAPInterval], [1, null]);
  // Every decision of the network is right, and each is as sure as the others.
  assert(Math.abs((found.loss ?? 0) + Math.log(high)) < 1e-6);
  const [red, green, blue] = found.labels;
  assert.deepEqual([red.positives, green.positives, blue.positives], [11, 0, 23]);
  assert.deepEqual([red.averagePrecision, green.averagePrecision, blue.averagePrecision], [1, null, 1]);
  // The bundle's own thresholds decide: blue is never surer than 0.993.
  assert.deepEqual([red.recall, blue.recall, blue.precision], [1, 0, null]);
  assert.equal(blue.threshold, 0.999);
});

test("the data's labels may be some of the bundle's, in another order, and no others", async () => {
  await writeFile(join(folder, "columns.csv"), "image,blue,red\n0.png,1,0\n1.png,1,1\n");
  const found = await evaluate(bundle, join(folder, "columns.csv"), { threads: 1 });
  assert.deepEqual(
    found.labels.map(({ name, positives }) => [name, positives]),
    [
      ["red", 1],
      ["green", 0],
      ["blue", 2],
    ],
  );
  assert.equal(found.labels[1].recall, null);
  await writeFile(join(folder, "others.csv"), "image,labels\n0.png,purple\n");
  await assert.rejects(evaluate(bundle, join(folder, "others.csv"), { threads: 1 }), /label purple/);
});

test("data without a known target has no loss and no metric, and is no error", async () => {
  await writeFile(join(folder, "unknown.csv"), "image,red\n0.png,?\n1.png,\n");
  const found = await evaluate(bundle, join(folder, "unknown.csv"), { threads: 1 });
  assert.equal(found.images, 2);
  assert.equal(found.mAPInterval, null);
  assert.deepEqual([found.loss, found.mAP, found.microF1, found.hammingLoss], [null, null, null, null]);
});

test("images that the bundle was trained or tuned on are told before anything is computed", async () => {
  const known = join(folder, "known");
  await writeBundle(known, {
    network: colourNetwork(),
    labels: colours,
    thresholds: [0.5, 0.5, 0.5],
    metrics: unmeasured,
    selfCheckImage: await plain([200, 120, 60], "jpeg"),
    engine: ortEngine({ threads: 1 }),
    seen: { training: [join(folder, "0.png")], validation: [join(folder, "5.png")] },
  });
  // All images with an even number have the same bytes.
  await writeFile(join(folder, "some.csv"), "image,labels\n1.png,red\n2.png,blue\n4.png,blue\n");
  const told: unknown[] = [];
  const options = {
    threads: 1,
    onSeen: (...seen: unknown[]) => told.push(seen),
    onProgress: () => told.push("begun"),
  };
  const found = await evaluate(known, join(folder, "some.csv"), options);
  assert.deepEqual(found.seen, { training: 2, validation: 0 });
  assert.deepEqual(told.slice(0, 2), [[{ training: 2, validation: 0 }, 3], "begun"]);
  assert.equal((await evaluate(bundle, join(folder, "some.csv"), { threads: 1 })).seen, null);
});
