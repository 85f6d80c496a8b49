// Resizing and its geometry against PIL and torchvision: the same bytes (test/golden/pictures.py).
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { generator, noise } from "../../test/support/noise.js";
import { randomCrop } from "./augment.js";
import { plan } from "./plan.js";
import { type Box, resize } from "./resize.js";

type Four = [number, number, number, number];
interface Golden {
  resize: { source: [number, number]; box: Four; size: [number, number]; window: Four; sha256: string }[];
  center: { source: [number, number]; resize: number; crop: number; sha256: string }[];
  crops: { source: [number, number]; scale: [number, number]; ratio: [number, number]; boxes: Four[] }[];
}
const golden: Golden = JSON.parse(readFileSync("test/golden/pictures.json", "utf8"));

const boxOf = ([left, top, width, height]: Four): Box => ({ left, top, width, height });
const sha256 = (data: Uint8Array) => createHash("sha256").update(data).digest("hex");

test("gives PIL's bytes, reducing and enlarging, of boxes and windows, past the edges too", () => {
  for (const { source, box, size, window, sha256: expected } of golden.resize) {
    const [width, height] = source;
    const result = resize(noise(width, height, width * 7919 + height), {
      box: boxOf(box),
      width: size[0],
      height: size[1],
      window: boxOf(window),
    });
    assert.deepEqual([result.width, result.height], window.slice(2));
    assert.equal(sha256(result.data), expected, JSON.stringify({ source, box, size, window }));
  }
});

test("cuts the middle where torchvision's Resize and CenterCrop cut it", () => {
  for (const { source, resize: side, crop, sha256: expected } of golden.center) {
    const [width, height] = source;
    const { resize: geometry } = plan({ kind: "center", resize: side, crop }, width, height);
    const result = resize(noise(width, height, 1), geometry);
    assert.equal(sha256(result.data), expected, JSON.stringify({ source, side, crop }));
  }
});

test("draws the boxes that torchvision's RandomResizedCrop makes of the same draws", () => {
  const next = generator(7);
  const uniform = () => next() / 2 ** 32;
  const stream = { uniform, integer: (n: number) => Math.floor(uniform() * n), normal: uniform };
  for (const { source, scale, ratio, boxes } of golden.crops) {
    for (const box of boxes) {
      assert.deepEqual(
        randomCrop(...source, scale, ratio, stream),
        boxOf(box),
        JSON.stringify({ source, scale, ratio }),
      );
    }
  }
});

test("scales a part between pixels as if the pixels were flat squares, and looks at nothing outside", () => {
  // Two columns, 0 and 200, and a third that must not be seen; halving the first two gives their mean.
  const data = Uint8Array.from([0, 200, 255].flatMap((v) => [v, v, v]));
  const one = { width: 1, height: 1, window: { left: 0, top: 0, width: 1, height: 1 } };
  const mean = resize(
    { data, width: 3, height: 1 },
    { box: { left: 0, top: 0, width: 2, height: 1 }, ...one },
  );
  assert.deepEqual([...mean.data], [100, 100, 100]);
  // Centred at 0.75: three quarters of the way from ¼ of the first to ¾ of the second pixel's centre.
  const between = resize(
    { data, width: 3, height: 1 },
    { box: { left: 0.25, top: 0, width: 1, height: 1 }, ...one },
  );
  assert.deepEqual([...between.data], [50, 50, 50]);
});
