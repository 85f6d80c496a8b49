// Near copies: the search against a comparison of all pairs, and what it finds of copies that programs make.
import assert from "node:assert/strict";
import { test } from "node:test";
import sharp, { type Sharp } from "sharp";
import { together } from "../../base/grouping.js";
import { random } from "../../base/random.js";
import { openPicture } from "../decode/decode.js";
import { drawScene } from "../sample/scene.js";
import { fingerprintOf, hashBytes, perceptualHash } from "./fingerprint.js";
import { nearCopies } from "./near-copies.js";

test("the hash is of the signs of the DCT, as its definition sums it", () => {
  const stream = random(5, "test");
  const grey = Float64Array.from({ length: 32 * 32 }, () => stream.uniform() * 255);
  // The double sum of the DCT-II, term by term.
  const coefficients = Array.from({ length: 64 }, (_, at) => {
    const [v, u] = [at >> 3, at & 7];
    let sum = 0;
    for (let y = 0; y < 32; y++) {
      for (let x = 0; x < 32; x++) {
        const wave = Math.cos((Math.PI / 32) * (x + 0.5) * u) * Math.cos((Math.PI / 32) * (y + 0.5) * v);
        sum += grey[y * 32 + x] * wave;
      }
    }
    return sum;
  });
  const median = coefficients.slice(1).sort((a, b) => a - b)[31];
  const bits = coefficients.map((value, at) => (at > 0 && value > median ? 1 : 0));
  const hash = perceptualHash(grey);
  assert.deepEqual(
    bits.map((_, at) => (hash[at >> 3] >> (at & 7)) & 1),
    bits,
  );
});

/** Bits set in a byte, by their text. */
const ones = Array.from({ length: 256 }, (_, byte) => byte.toString(2).replaceAll("0", "").length);

function correlation(a: Uint8Array, b: Uint8Array): number {
  const mean = (values: Uint8Array) => values.reduce((sum, value) => sum + value, 0) / values.length;
  const [meanA, meanB] = [mean(a), mean(b)];
  let [ab, aa, bb] = [0, 0, 0];
  for (const [i, value] of a.entries()) {
    ab += (value - meanA) * (b[i] - meanB);
    aa += (value - meanA) ** 2;
    bb += (b[i] - meanB) ** 2;
  }
  return ab / Math.sqrt(aa * bb);
}

test("groups are those of comparing all pairs", () => {
  const stream = random(7, "test");
  const byte = () => stream.integer(256);
  const fingerprints: (Uint8Array | undefined)[] = [];
  for (let family = 0; family < 60; family++) {
    const first = Uint8Array.from({ length: 72 }, byte);
    fingerprints.push(first);
    // Relatives differ in up to 14 bits and in some of their pixels: about half of them too much.
    for (let relative = stream.integer(6); relative > 0; relative--) {
      const other = first.slice();
      for (let bit = stream.integer(15); bit > 0; bit--)
        other[stream.integer(hashBytes)] ^= 1 << stream.integer(8);
      for (let pixel = stream.integer(14); pixel > 0; pixel--) other[hashBytes + stream.integer(64)] = byte();
      fingerprints.push(other);
    }
    fingerprints.push(undefined);
  }
  const pairs: (string | number)[][] = [];
  for (const [i, a] of fingerprints.entries()) {
    for (const [j, b] of fingerprints.slice(0, i).entries()) {
      if (!a || !b) continue;
      const bits = a.subarray(0, hashBytes).reduce((sum, value, at) => sum + ones[value ^ b[at]], 0);
      if (bits > 10 || correlation(a.subarray(hashBytes), b.subarray(hashBytes)) < 0.95) continue;
      pairs.push(fingerprints.map((_, k) => (k === i || k === j ? "pair" : k)));
    }
  }
  assert.ok(pairs.length > 30, `${pairs.length} pairs`);
  assert.deepEqual(nearCopies(fingerprints), together(fingerprints.length, ...pairs));
});

test("copies that programs make are found, other pictures are not", async () => {
  const changes: Record<string, (picture: Sharp) => Sharp> = {
    "encoded anew": (picture) => picture.jpeg({ quality: 50 }),
    "as WebP": (picture) => picture.webp({ quality: 70 }),
    "half as large": (picture) => picture.resize(64).png(),
    "twice as large": (picture) => picture.resize(256).jpeg(),
    squeezed: (picture) => picture.resize(128, 96, { fit: "fill" }).jpeg(),
    brightened: (picture) => picture.modulate({ brightness: 1.1 }).jpeg(),
    "of more contrast": (picture) => picture.linear(1.2, -20).jpeg(),
  };
  const names = Object.keys(changes);
  const fingerprints: Uint8Array[] = [];
  for (let i = 0, scenes = 0; scenes < 24; i++) {
    const { svg, labels } = drawScene(random(11, "sample", i), 128);
    // A picture of nothing is like others of nothing.
    if (labels.length < 2) continue;
    scenes++;
    const bytes = await sharp(Buffer.from(svg)).flatten().png().toBuffer();
    const copies = [
      bytes,
      ...(await Promise.all(names.map((name) => changes[name](sharp(bytes)).toBuffer()))),
    ];
    for (const copy of copies) fingerprints.push(await fingerprintOf(await openPicture(copy)));
  }
  const groups = nearCopies(fingerprints);
  const each = names.length + 1;
  const missed = [...groups].flatMap((group, i) =>
    group === groups[i - (i % each)] ? [] : [`scene ${Math.floor(i / each)} ${names[(i % each) - 1]}`],
  );
  assert.deepEqual(missed, []);
  assert.equal(new Set(groups).size, 24);
});
