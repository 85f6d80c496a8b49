// Outside truth: torchvision's RandAugment on PIL pictures (test/golden/rand-augment.py).
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { test } from "node:test";
import { noise } from "../../../../test/support/noise.js";
import { random } from "../../../base/random.js";
import type { Pixels } from "../../resize/resize.js";
import { operations, STRONGEST } from "./operations.js";
import { randAugment } from "./rand-augment.js";

interface Golden {
  cases: { side: number; seed: number; dulled: boolean; name: string; amount: number; expected: string }[];
  magnitudes: { side: number; operations: Record<string, { signed: boolean; amounts: number[] }> };
}
const golden: Golden = JSON.parse(await readFile("test/golden/rand-augment.json", "utf8"));

/** As the script's: dulled, each channel has a quarter of the range, in a place of its own. */
function picture(side: number, seed: number, dulled: boolean): Pixels {
  const pixels = noise(side, side, seed);
  if (!dulled) return pixels;
  return { ...pixels, data: pixels.data.map((level, i) => 30 + 40 * (i % 3) + (level >> 2)) };
}

test("there are torchvision's operations, in its order, with its amounts at every magnitude", () => {
  const { side, operations: wanted } = golden.magnitudes;
  assert.deepEqual(
    operations.map(({ name }) => name),
    Object.keys(wanted),
  );
  for (const { name, signed, amount } of operations) {
    assert.equal(signed, wanted[name].signed, name);
    for (const [magnitude, expected] of wanted[name].amounts.entries()) {
      const found = amount(magnitude, side);
      // torchvision computes them in float32.
      assert.ok(Math.abs(found - expected) <= 1e-6 * Math.abs(expected), `${name}, ${magnitude}: ${found}`);
    }
  }
});

for (const { name, apply } of operations) {
  test(`${name} makes the same bytes as PIL`, () => {
    const cases = golden.cases.filter((each) => each.name === name);
    assert.ok(cases.length > 0);
    for (const { side, seed, dulled, amount, expected } of cases) {
      const found = apply(picture(side, seed, dulled), amount);
      assert.deepEqual(Buffer.from(found), Buffer.from(expected, "base64"), `${amount}, side ${side}`);
    }
  });
}

test("pictures of one colour, and of one pixel, come through every operation", () => {
  for (const side of [1, 9]) {
    const flat = { data: new Uint8Array(side * side * 3).fill(77), width: side, height: side };
    for (const { name, amount, apply } of operations) {
      const found = apply(flat, amount(STRONGEST, side));
      assert.equal(found.length, flat.data.length, name);
      if (["auto contrast", "equalize", "colour", "contrast", "sharpness"].includes(name)) {
        assert.deepEqual(found, flat.data, name);
      }
    }
  }
});

test("as many operations are drawn as are told, each as often as every other, by the stream", () => {
  // One that each of them changes, save the identity.
  const pixels = picture(24, 4, true);
  const magnitude = 30;
  const results = new Map<string, string>();
  for (const { name, signed, amount, apply } of operations) {
    for (const sign of signed ? [1, -1] : [1]) {
      results.set(
        Buffer.from(apply(pixels, sign * amount(magnitude, 24))).toString("base64"),
        `${name} ${sign}`,
      );
    }
  }
  assert.equal(results.size, operations.length + operations.filter(({ signed }) => signed).length);
  const counts = new Map<string, number>();
  const draws = 7000;
  const stream = random(1, "rand-augment");
  for (let i = 0; i < draws; i++) {
    const found = Buffer.from(randAugment(pixels, { operations: 1, magnitude }, stream)).toString("base64");
    const name = results.get(found);
    assert.ok(name !== undefined, "it is none of the operations");
    counts.set(name, (counts.get(name) ?? 0) + 1);
  }
  for (const name of new Set(results.values())) {
    const { signed } = operations.find((each) => name.startsWith(`${each.name} `)) ?? { signed: false };
    const wanted = draws / operations.length / (signed ? 2 : 1);
    // Five deviations.
    assert.ok(
      Math.abs((counts.get(name) ?? 0) - wanted) < 5 * Math.sqrt(wanted),
      `${name}: ${counts.get(name)}`,
    );
  }
  assert.deepEqual(randAugment(pixels, { operations: 0, magnitude }, stream), pixels.data);
  const twice = (seed: number) => randAugment(pixels, { operations: 2, magnitude: 9 }, random(seed, "x"));
  assert.deepEqual(twice(4), twice(4));
  assert.notDeepEqual(twice(4), twice(5));
});
