// Loops over blocks against the same arithmetic written in JavaScript, bit for bit.
import assert from "node:assert/strict";
import { describe, it, test } from "node:test";
import { random } from "../../base/random.js";
import { compileLoops, nestOverAxes } from "./loops.js";
import { BLOCK, Vectors } from "./vectors.js";

type Three = (a: number, b: number, c: number) => number;

const numbers = [0, -0, 1, -1, 0.5, -2.75, 1e-30, 3e38, Number.POSITIVE_INFINITY, Number.NaN];

const formulas: readonly [string, Three][] = [
  ["r0 + r1 * r2 - r0 / r1", (a, b, c) => a + b * c - a / b],
  ["(r0 + r1) * -r2", (a, b, c) => (a + b) * -c],
  ["r0 - r1 - r2", (a, b, c) => a - b - c],
  ["r0 / r1 / r2", (a, b, c) => a / b / c],
  ["r0 % r1", (a, b) => a % b],
  ["(r0 < r1 ? r1 : r0 > r2 ? 1e-3 : .5)", (a, b, c) => (a < b ? b : a > c ? 1e-3 : 0.5)],
  ["r0 <= r1 && r1 >= r2 ? 1 : (-0)", (a, b, c) => (a <= b && b >= c ? 1 : -0)],
  ["(r0 === r1 || r0 !== r2 ? r0 : 2)", (a, b, c) => (a === b || a !== c ? a : 2)],
  [
    "((r0 < r1 ? 1 : 0) & (r1 < r2 ? 1 : 0)) | (r0 ? 0 : 1)",
    (a, b, c) => (Number(a < b) & Number(b < c)) | (a ? 0 : 1),
  ],
  ["Math.max(r0, r1, r2) - Math.min(r0, r1)", (a, b, c) => Math.max(a, b, c) - Math.min(a, b)],
  ["Math.sqrt(Math.abs(r0)) + Math.exp(-r1 * r1)", (a, b) => Math.sqrt(Math.abs(a)) + Math.exp(-b * b)],
  ["Math.fround(r0 * 0.1) + Math.trunc(r1)", (a, b) => Math.fround(a * 0.1) + Math.trunc(b)],
  ["Math.log1p(Math.abs(r0)) * Math.pow(2, r1)", (a, b) => Math.log1p(Math.abs(a)) * 2 ** b],
  ["Math.sign(r0) * Math.tanh(r1)", (a, b) => Math.sign(a) * Math.tanh(b)],
];

describe("a formula", () => {
  for (const [text, f] of formulas) {
    it(text, () => {
      const triples = numbers.flatMap((a) => numbers.flatMap((b) => numbers.map((c) => [a, b, c] as const)));
      const reads = [0, 1, 2].map((i) => Float32Array.from(triples, (triple) => triple[i]));
      const found = new Float32Array(triples.length);
      const walk = { offset: 0, strides: [1] };
      const nest = nestOverAxes([triples.length], [walk, walk, walk, walk]);
      compileLoops(nest, { reads: 3, writes: 1, statements: [], results: [text] })([...reads, found]);
      const wanted = Float32Array.from(triples, (_, i) => f(reads[0][i], reads[1][i], reads[2][i]));
      assert.deepEqual([...found], [...wanted]);
    });
  }

  it("is refused where it cannot be read", () => {
    for (const text of ["r0 +", "r0 = 1", "nothing", "Math.none(r0)", "process.exit()", "(r0", "r0 r0"]) {
      assert.throws(() =>
        compileLoops(
          { counts: [1], steps: [[1], [1]], offsets: [0, 0] },
          {
            reads: 1,
            writes: 1,
            statements: [],
            results: [text],
          },
        ),
      );
    }
  });
});

test("arrays of any type and order, broadcast, and in more and fewer elements than a block has", () => {
  for (const [rows, columns] of [
    [1, 1],
    [3, 5],
    [7, BLOCK],
    [2, 3 * BLOCK + 1],
    [BLOCK + 3, 7],
    [BLOCK, 2],
  ]) {
    const stream = random(rows, "loops");
    const size = rows * columns;
    const bytes = Uint8Array.from({ length: size }, () => stream.integer(256));
    const doubles = Float64Array.from({ length: columns }, () => stream.normal());
    const nest = nestOverAxes(
      [rows, columns],
      [
        // Read by columns, one a column, and one number.
        { offset: 0, strides: [1, rows] },
        { offset: 0, strides: [0, 1] },
        { offset: 1, strides: [0, 0] },
        { offset: 0, strides: [columns, 1] },
      ],
    );
    const found = new Float32Array(size);
    const one = Float32Array.of(7, 0.25);
    const body = { reads: 3, writes: 1, statements: ["const t = r0 * r2;"], results: ["t * t + r1"] };
    compileLoops(nest, body)([bytes, doubles, one, found]);
    const wanted = Float32Array.from({ length: size }, (_, i) => {
      const [row, column] = [Math.floor(i / columns), i % columns];
      return (bytes[column * rows + row] * 0.25) ** 2 + doubles[column];
    });
    assert.deepEqual(found, wanted, `${rows} × ${columns}`);

    const turned = new Uint8Array(size);
    const copy = nestOverAxes(
      [rows, columns],
      [
        { offset: 0, strides: [1, rows] },
        { offset: 0, strides: [columns, 1] },
      ],
    );
    compileLoops(copy, { reads: 1, writes: 1, statements: [], results: ["r0"] })([bytes, turned]);
    for (let i = 0; i < size; i++) {
      assert.equal(turned[i], bytes[(i % columns) * rows + Math.floor(i / columns)]);
    }
  }
});

test("AdamW's step where arrays lie in the memory of the kernels, in place", () => {
  for (const length of [1, 2, BLOCK - 1, BLOCK + 1, 1000]) {
    for (const ready of [0, 1]) {
      const stream = random(length, "adamw");
      const given = Array.from({ length: 4 }, (_, i) =>
        Float32Array.from({ length }, () => (i === 2 ? stream.uniform() : stream.normal())),
      );
      given[3][0] = Number.NaN;
      const vectors = Vectors.open() ?? assert.fail();
      const places = given.map(() => vectors.take(length) ?? assert.fail());
      const [w, m, v, g] = places.map((place, i) => {
        const array = vectors.array(place, length);
        array.set(given[i]);
        return array;
      });
      const nest = nestOverAxes(
        [length],
        [1, 1, 1, 1, 0, 0, 1, 1, 1].map((stride) => ({ offset: 0, strides: [stride] })),
      );
      const statements = [
        "const m = r1 * 0.9 + r3;",
        "const v = r3 * r3 + r2;",
        "const w = (r5 ? r0 - (m / Math.max(Math.sqrt(v), 1e-8)) * r4 : r0);",
      ];
      const body = { reads: 6, writes: 3, statements, results: ["w", "m", "v"] };
      const rate = Math.fround(0.3);
      compileLoops(nest, body, vectors)([w, m, v, g, Float32Array.of(rate), Float32Array.of(ready), w, m, v]);
      const [w0, m0, v0, g0] = given;
      for (let i = 0; i < length; i++) {
        const nextM = m0[i] * 0.9 + g0[i];
        const nextV = g0[i] * g0[i] + v0[i];
        const nextW = ready ? w0[i] - (nextM / Math.max(Math.sqrt(nextV), 1e-8)) * rate : w0[i];
        assert.deepEqual([w[i], m[i], v[i]], [nextW, nextM, nextV].map(Math.fround));
      }
      assert.deepEqual([...g], [...given[3]]);
    }
  }
});
