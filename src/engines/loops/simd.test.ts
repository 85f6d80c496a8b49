import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { random } from "../../base/random.js";
import { compileLoops, nestOverAxes } from "./loops.js";
import { type Elementwise, type Operand, simdModule } from "./simd.js";
import { SimdMemory } from "./simd-memory.js";

const read = (index: number): Operand => ({ read: index });
const step = (index: number): Operand => ({ step: index });

/** AdamW's step, with a condition, of w, m, v, g and the numbers rate and ready. */
const computation: Elementwise = {
  reads: [false, false, false, false, true, true].map((single) => ({ single })),
  steps: [
    { op: "Mul", operands: [read(1), { constant: 0.9 }] },
    { op: "Sum", operands: [step(0), read(3)] },
    { op: "Mul", operands: [read(3), read(3)] },
    { op: "Add", operands: [step(2), read(2)] },
    { op: "Sqrt", operands: [step(3)] },
    { op: "Max", operands: [step(4), { constant: 1e-8 }] },
    { op: "Div", operands: [step(1), step(5)] },
    { op: "Mul", operands: [step(6), read(4)] },
    { op: "Sub", operands: [read(0), step(7)] },
    { op: "Where", operands: [read(5), step(8), read(0)] },
    { op: "Min", operands: [{ constant: -0.25 }, { constant: 7 }] },
    { op: "Reciprocal", operands: [step(10)] },
    { op: "Abs", operands: [step(11)] },
    { op: "Neg", operands: [step(12)] },
    { op: "Identity", operands: [step(13)] },
    { op: "Add", operands: [step(1), step(14), { constant: 4 }] },
  ],
  results: [step(9), step(15), step(3)],
};

/** The same as the loops in JavaScript have it. */
const body = {
  reads: 6,
  writes: 3,
  statements: [
    "const m = r1 * 0.9 + r3;",
    "const v = r3 * r3 + r2;",
    "const w = r5 ? r0 - (m / Math.max(Math.sqrt(v), 1e-8)) * r4 : r0;",
  ],
  results: ["w", "m + -4 + 4", "v"],
};

describe("loops in WebAssembly", () => {
  for (const length of [1, 2, 7, 1000]) {
    for (const ready of [0, 1]) {
      it(`compute ${length} elements as JavaScript does, bit for bit, where the condition is ${ready}`, () => {
        const stream = random(length, "simd");
        const arrays = Array.from({ length: 4 }, (_, i) =>
          Float32Array.from({ length }, () => (i === 2 ? stream.uniform() : stream.normal())),
        );
        arrays[3][0] = Number.NaN;
        const rate = 0.3;
        const wanted = [arrays[0].slice(), arrays[1].slice(), arrays[2].slice()];
        const nest = nestOverAxes(
          [length],
          [1, 1, 1, 1, 0, 0, 1, 1, 1].map((stride) => ({ offset: 0, strides: [stride] })),
        );
        const numbers = [rate, ready].map((value) => Float64Array.of(value));
        compileLoops(nest, body)([...arrays, ...numbers, ...wanted]);

        const memory = SimdMemory.open();
        const module = simdModule(computation);
        assert.ok(memory && module);
        const places = arrays.map((values) => memory.take(values.length) ?? assert.fail());
        const views = places.map((place) => memory.array(place, length));
        arrays.forEach((values, i) => {
          views[i].set(values);
        });
        const [w, m, v, g] = places;
        memory.start(module)(length, w, m, v, g, rate, ready, w, m, v);
        for (let i = 0; i < 3; i++) assert.deepEqual([...views[i]], [...wanted[i]]);
      });
    }
  }

  it("are not had for an operator that is not theirs", () => {
    const steps = [{ op: "Erf", operands: [read(0)] }];
    assert.equal(simdModule({ reads: [{ single: false }], steps, results: [step(0)] }), undefined);
  });
});
