// Near copies of a data set: files that sharp encodes anew, beside what the same scenes are known to be.
import assert from "node:assert/strict";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import sharp from "sharp";
import { random } from "../../base/random.js";
import type { Dataset } from "../dataset/dataset.js";
import { drawScene } from "../sample/scene.js";
import { nearCopiesIn } from "./near-copies-in.js";

let folder: string;
let scenes: Buffer[];
before(async () => {
  folder = await mkdtemp(join(tmpdir(), "multihot-alike-"));
  const drawn = Array.from({ length: 40 }, (_, i) => drawScene(random(3, "sample", i), 128));
  // A picture of nothing is like others of nothing.
  const full = drawn.filter(({ labels }) => labels.length > 1).slice(0, 20);
  scenes = await Promise.all(full.map(({ svg }) => sharp(Buffer.from(svg)).flatten().png().toBuffer()));
});
after(() => rm(folder, { recursive: true, force: true }));

/** A data set of these files, in this order. */
async function written(name: string, files: readonly Uint8Array[]): Promise<Dataset> {
  const pictures = files.map((_, i) => ({
    path: join(folder, `${name}-${i}`),
    name: `${name}-${i}`,
    row: i + 2,
  }));
  for (const [i, file] of files.entries()) await writeFile(pictures[i].path, file);
  return {
    source: join(folder, "labels.csv"),
    labels: ["a"],
    pictures,
    targets: new Float32Array(files.length),
  };
}

test("pictures that were encoded anew, at other qualities and sizes, are found by their indices", async () => {
  const quality = await sharp(scenes[2]).jpeg({ quality: 35 }).toBuffer();
  const size = await sharp(scenes[2]).resize(75, 75).webp().toBuffer();
  const larger = await sharp(scenes[11]).resize(300).jpeg({ quality: 80 }).toBuffer();
  const damaged = await sharp(scenes[5]).jpeg().toBuffer();
  const data = await written("few", [size, ...scenes, quality, larger, damaged.subarray(0, 900)]);
  const told: number[][] = [];
  const found = await nearCopiesIn(data, { workers: 2, onProgress: (...progress) => told.push(progress) });
  assert.deepEqual(found, [
    [0, 3, 21],
    [12, 22],
  ]);
  assert.deepEqual(told.at(-1), [24, 24]);
});

test("where most pictures look alike, the hash says nothing, and all stay apart", async () => {
  const frames = await Promise.all(
    Array.from({ length: 11 }, (_, i) =>
      sharp(scenes[0])
        .jpeg({ quality: 40 + i })
        .toBuffer(),
    ),
  );
  const pair = await sharp(scenes[1]).jpeg().toBuffer();
  const data = await written("scans", [...frames, ...scenes.slice(1), pair]);
  assert.deepEqual(await nearCopiesIn(data), [[11, 30]]);
  const ten = await written("series", [...frames.slice(1), ...scenes.slice(1)]);
  assert.deepEqual(await nearCopiesIn(ten), [[0, 1, 2, 3, 4, 5, 6, 7, 8, 9]]);
});

test("looking ends when its signal says so", async () => {
  const data = await written("stopped", scenes);
  const stop = new AbortController();
  const looking = nearCopiesIn(data, {
    workers: 1,
    signal: stop.signal,
    onProgress: () => stop.abort(new Error("enough")),
  });
  await assert.rejects(looking, /enough/);
});
