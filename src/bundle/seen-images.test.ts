// What a bundle knows of the images that it has seen: all of them, no others, and no names.
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { SeenImages, seenWarning, writeSeenImages } from "./seen-images.js";

let folder: string;
let file: string;
const place = (name: string) => join(folder, name);
const numbered = (from: number, to: number) =>
  Array.from({ length: to - from }, (_, i) => place(`image-${from + i}.jpg`));

before(async () => {
  folder = await mkdtemp(join(tmpdir(), "multihot-seen-"));
  file = place("seen-images.bin");
  for (const [i, path] of numbered(0, 60).entries()) await writeFile(path, `content ${i}`);
  await writeSeenImages(file, {
    training: [...numbered(0, 40), place("missing.jpg")],
    validation: numbered(40, 50),
  });
});
after(() => rm(folder, { recursive: true, force: true }));

test("each image is known by its bytes, whatever its name", async () => {
  const seen = await SeenImages.read(file);
  assert.deepEqual(seen?.counts, { training: 40, validation: 10 });
  await writeFile(place("copy.jpg"), "content 7");
  assert.deepEqual(await seen?.among(numbered(0, 60)), { training: 40, validation: 10 });
  assert.deepEqual(await seen?.among(numbered(50, 60)), { training: 0, validation: 0 });
  assert.deepEqual(await seen?.among([place("copy.jpg"), place("missing.jpg"), place("image-45.jpg")]), {
    training: 1,
    validation: 1,
  });
});

test("the file has 24 bytes and 8 for each image, the first ones of its SHA-256, in order, and no name", async () => {
  const bytes = await readFile(file);
  assert.equal(bytes.length, 24 + 8 * 50);
  assert.ok(!bytes.includes("image-") && !bytes.includes(".jpg"));
  const hashes = Array.from({ length: 40 }, (_, i) => bytes.readBigUInt64LE(24 + 8 * i));
  const expected = Array.from({ length: 40 }, (_, i) =>
    createHash("sha256").update(`content ${i}`).digest().readBigUInt64LE(),
  );
  assert.deepEqual(
    hashes,
    expected.sort((a, b) => (a < b ? -1 : 1)),
  );
});

test("without the file nothing is known; a damaged one is refused with what to do", async () => {
  assert.equal(await SeenImages.read(place("nothing.bin")), undefined);
  for (const content of ["", "multihot seen 1\n", (await readFile(file)).subarray(0, 100)]) {
    await writeFile(place("damaged.bin"), content);
    await assert.rejects(SeenImages.read(place("damaged.bin")), /is damaged.*or delete this file/);
  }
});

test("the warning has the counts", () => {
  assert.equal(seenWarning({ training: 0, validation: 0 }, 10), undefined);
  assert.match(
    seenWarning({ training: 3, validation: 0 }, 1200) ?? "",
    /^3 of the 1,200 images are ones .* trained on\./,
  );
  assert.match(seenWarning({ training: 8, validation: 2 }, 10) ?? "", /^8 of the 10 .* chosen on 2 others/);
  assert.match(
    seenWarning({ training: 0, validation: 10 }, 10) ?? "",
    /^All 10 images are validation images/,
  );
});
