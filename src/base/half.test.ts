// Outside truth: IEEE 754's own definition of half precision, as checkpoints are read by it (held against PyTorch's
// files there).
import assert from "node:assert/strict";
import { test } from "node:test";
import { fromHalf, fromHalfInto, halfBits, toHalf } from "./half.js";

const all = fromHalf(Uint16Array.from({ length: 2 ** 16 }, (_, i) => i));

test("every half comes back as its own bits", () => {
  for (const [bits, value] of all.entries()) {
    if (!Number.isNaN(value)) assert.equal(halfBits(value), bits);
  }
  assert(Number.isNaN(all[halfBits(Number.NaN)]));
});

test("what lies between two halves goes to the nearer, and from the middle to the even one", () => {
  for (let bits = 0; bits < 0x7bff; bits++) {
    const [low, high] = [all[bits], all[bits + 1]];
    const middle = (low + high) / 2;
    const inch = (high - low) / 64;
    assert.equal(halfBits(middle - inch), bits);
    assert.equal(halfBits(middle + inch), bits + 1);
    assert.equal(halfBits(-middle), 0x8000 | (bits % 2 === 0 ? bits : bits + 1));
  }
  assert.equal(halfBits(65519), 0x7bff);
  assert.equal(halfBits(65520), 0x7c00);
});

test("many values at once have the bits that each has alone", () => {
  const values = new Float32Array(6 * 2 ** 16);
  for (const [bits, value] of all.entries()) {
    const next = all[bits + 1] ?? 0;
    const middle = Math.fround((value + next) / 2);
    values.set(
      [value, middle, middle * (1 + 2 ** -23), middle * (1 - 2 ** -23), value / 3, value * 3],
      6 * bits,
    );
  }
  const bits = toHalf(values);
  for (const [i, value] of values.entries()) assert.equal(bits[i], halfBits(value), `of ${value}`);
});

test("values come back times a scale, into memory that is there", () => {
  const out = new Float32Array(4).fill(7);
  fromHalfInto(Uint16Array.of(halfBits(1.5), halfBits(-2)), out.subarray(1), 2 ** -20);
  assert.deepEqual([...out], [7, 1.5 * 2 ** -20, -2 * 2 ** -20, 7]);
});
