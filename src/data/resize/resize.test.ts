// Resizing and its geometry against PIL and torchvision: the same bytes (test/golden/pictures.py).
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { generator, noise } from "../../../test/support/noise.js";
import { plan } from "../transform/crop-plan.js";
import { randomCrop } from "../transform/random-crop.js";
import type { Interpolation } from "./filters.js";
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
    const geometry = plan({ kind: "center", resize: side, crop }, width, height);
    const result = resize(noise(width, height, 1), geometry);
    assert.equal(sha256(result.data), expected, JSON.stringify({ source, side, crop }));
  }
});

interface OtherFilters {
  resize: (Golden["resize"][number] & { interpolation: Interpolation })[];
  contrast: { interpolation: Interpolation; size: [number, number]; sha256: string }[];
  squash: (Golden["center"][number] & { interpolation: Interpolation })[];
}
// test/golden/interpolation.py
const others: OtherFilters = JSON.parse(readFileSync("test/golden/interpolation.json", "utf8"));

test("gives PIL's bytes with bicubic and Lanczos filters too", () => {
  for (const { interpolation, source, box, size, window, sha256: expected } of others.resize) {
    const [width, height] = source;
    const result = resize(noise(width, height, width * 7919 + height), {
      box: boxOf(box),
      width: size[0],
      height: size[1],
      window: boxOf(window),
      interpolation,
    });
    assert.equal(sha256(result.data), expected, JSON.stringify({ interpolation, source, box, size }));
  }
});

test("keeps what overshoots between black and white, as PIL does", () => {
  const [width, height] = [50, 40];
  const data = Uint8Array.from({ length: width * height * 3 }, (_, i) => {
    const [x, y] = [Math.floor(i / 3) % width, Math.floor(i / 3 / width)];
    return 255 * ((Math.floor(x / 3) + Math.floor(y / 3)) % 2);
  });
  for (const { interpolation, size, sha256: expected } of others.contrast) {
    const whole = { left: 0, top: 0, width: size[0], height: size[1] };
    const box = { left: 0, top: 0, width, height };
    const target = { box, width: size[0], height: size[1], window: whole, interpolation };
    assert.equal(sha256(resize({ data, width, height }, target).data), expected, `${interpolation} ${size}`);
  }
});

test("squashes an image to a square as torchvision's Resize((n, n)) and CenterCrop do", () => {
  for (const { interpolation, source, resize: side, crop, sha256: expected } of others.squash) {
    const [width, height] = source;
    const geometry = plan(
      { kind: "center", resize: side, crop, interpolation, fit: "squash" },
      width,
      height,
    );
    const result = resize(noise(width, height, 1), geometry);
    assert.equal(sha256(result.data), expected, JSON.stringify({ interpolation, source, side, crop }));
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

/** The filter's definition in double: along one axis, from [offset, offset + length) to `size` outputs. */
function scaled(values: number[], offset: number, length: number, size: number): number[] {
  const reach = Math.max(length / size, 1);
  return Array.from({ length: size }, (_, i) => {
    const center = offset + ((i + 0.5) * length) / size;
    const weights = values.map((_, j) =>
      j + 1 > offset && j < offset + length ? Math.max(0, 1 - Math.abs(j + 0.5 - center) / reach) : 0,
    );
    const sum = weights.reduce((a, b) => a + b);
    return Math.round(weights.reduce((total, weight, j) => total + (weight / sum) * values[j], 0));
  });
}

test("gives what the definition gives in double, of boxes between pixels, and mirrored", () => {
  const next = generator(3);
  const uniform = () => next() / 2 ** 32;
  for (let i = 0; i < 60; i++) {
    const [width, height] = [1 + Math.floor(uniform() * 90), 1 + Math.floor(uniform() * 60)];
    const [left, top] = [uniform() * (width - 0.6), uniform() * (height - 0.6)];
    const box = {
      ...{ left, top },
      width: 0.5 + uniform() * (width - left - 0.5),
      height: 0.5 + uniform() * (height - top - 0.5),
    };
    const [across, down] = [1 + Math.floor(uniform() * 40), 1 + Math.floor(uniform() * 40)];
    const source = noise(width, height, i);
    const window = { left: -(i % 2), top: -(i % 3), width: across + (i % 4), height: down + (i % 5) };
    const result = resize(source, { box, width: across, height: down, window });
    const mirrored = resize(source, { box, width: across, height: down, window, mirror: true });
    for (let channel = 0; channel < 3; channel++) {
      const rows = Array.from({ length: height }, (_, y) => {
        const values = Array.from({ length: width }, (_, x) => source.data[3 * (y * width + x) + channel]);
        return scaled(values, box.left, box.width, across);
      });
      const columns = Array.from({ length: across }, (_, x) => {
        const values = rows.map((row) => row[x]);
        return scaled(values, box.top, box.height, down);
      });
      for (let y = 0; y < window.height; y++) {
        for (let x = 0; x < window.width; x++) {
          const wanted = columns[window.left + x]?.[window.top + y] ?? 0;
          const found = result.data[3 * (y * window.width + x) + channel];
          // A half may have been rounded to either side, in either pass.
          assert.ok(Math.abs(found - wanted) <= 1, `${i}: ${found}, not ${wanted} at ${x}, ${y}`);
          const other = mirrored.data[3 * (y * window.width + window.width - 1 - x) + channel];
          assert.equal(other, found);
        }
      }
    }
  }
});

test("scales a picture of many megabytes, and a small one after it, as it does each part of it", () => {
  const large = noise(1900, 700, 5);
  const geometry = { width: 61, height: 43, window: { left: 0, top: 0, width: 61, height: 43 } };
  const small = { box: { left: 3, top: 2, width: 80, height: 60 }, ...geometry };
  const before = resize(noise(90, 70, 6), small);
  const whole = resize(large, { box: { left: 100, top: 0, width: 1800, height: 700 }, ...geometry });
  assert.deepEqual(resize(noise(90, 70, 6), small), before);
  for (let row = 0; row < 43; row++) {
    const window = { left: 0, top: row, width: 61, height: 1 };
    const one = resize(large, { ...geometry, box: { left: 100, top: 0, width: 1800, height: 700 }, window });
    assert.deepEqual(one.data, whole.data.slice(row * 183, row * 183 + 183));
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
