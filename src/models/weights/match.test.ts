// matchWeights takes what fits and tells everything that does not, at once.
import assert from "node:assert/strict";
import { test } from "node:test";
import { UserError } from "../../base/errors.js";
import type { StateDict } from "./elements.js";
import { matchWeights } from "./match.js";

type Shapes = Record<string, readonly number[]>;

function filled(shapes: Shapes): StateDict {
  return new Map(
    Object.entries(shapes).map(([name, shape]) => [
      name,
      { shape: [...shape], data: new Float32Array(shape.reduce((a, b) => a * b, 1)) },
    ]),
  );
}

const wanted = (shapes: Shapes) => new Map(Object.entries(shapes));

function failure(shapes: Shapes, found: Shapes, optional?: (name: string) => boolean): UserError {
  try {
    matchWeights(wanted(shapes), filled(found), { source: "a.pth", optional });
  } catch (error) {
    assert.ok(error instanceof UserError);
    return error;
  }
  assert.fail("nothing was refused");
}

/** The names and shapes of torchvision's residual networks, enough of them to tell them apart. */
function residual(blocks: readonly number[], bottleneck: boolean): Shapes {
  const shapes: Record<string, readonly number[]> = { "conv1.weight": [64, 3, 7, 7] };
  blocks.forEach((count, stage) => {
    const width = 64 * 2 ** stage;
    for (let i = 0; i < count; i++) {
      shapes[`layer${stage + 1}.${i}.conv2.weight`] = [width, width, 3, 3];
      if (bottleneck) shapes[`layer${stage + 1}.${i}.conv3.weight`] = [4 * width, width, 1, 1];
    }
  });
  return shapes;
}

test("the wanted weights, in the order wanted, and counters ignored", () => {
  const found = filled({ "bn.num_batches_tracked": [], b: [2], a: [1, 3] });
  const matched = matchWeights(wanted({ a: [1, 3], b: [2] }), found, { source: "a.pth" });
  assert.deepEqual([...matched.keys()], ["a", "b"]);
  assert.equal(matched.get("b"), found.get("b")?.data);
});

test("missing, surplus and misshapen are one report, with both shapes", () => {
  const error = failure({ a: [1, 3], b: [2], c: [] }, { a: [3, 1], b: [2], d: [4], e: [1, 1] });
  assert.equal(
    error.message.split("\n")[0],
    "The weights in a.pth do not fit the network: of 3 wanted, 1 are missing and 1 have another shape; 2 are surplus.",
  );
  assert.deepEqual(error.problems, [
    "c [] is missing",
    "a is [3, 1], wanted [1, 3]",
    "d [4] is surplus",
    "e [1, 1] is surplus",
  ]);
});

test("what is optional may be missing, surplus or misshapen, and is taken where it fits", () => {
  const options = { source: "a.pth", optional: (name: string) => name.startsWith("fc.") };
  const shapes = wanted({ a: [1], "fc.weight": [20, 4], "fc.bias": [20] });
  assert.deepEqual(
    [...matchWeights(shapes, filled({ a: [1], "fc.weight": [1000, 4], "fc.other": [1] }), options).keys()],
    ["a"],
  );
  assert.deepEqual(
    [...matchWeights(shapes, filled({ a: [1], "fc.bias": [20] }), options).keys()],
    ["a", "fc.bias"],
  );
});

test("long lists are cut at ten of each kind", () => {
  const many = (prefix: string) =>
    Object.fromEntries(Array.from({ length: 300 }, (_, i) => [`${prefix}${i}`, [1]]));
  const error = failure(many("a"), many("b"));
  assert.equal(error.problems.length, 22);
  assert.equal(error.problems[10], "and 290 more missing");
  assert.equal(error.problems[21], "and 290 more surplus");
});

// The layers with weights, He et al. 2015, table 1.
for (const [name, blocks, bottleneck] of [
  ["ResNet-18", [2, 2, 2, 2], false],
  ["ResNet-34", [3, 4, 6, 3], false],
  ["ResNet-101", [3, 4, 23, 3], true],
  ["ResNet-152", [3, 8, 36, 3], true],
] as const) {
  test(`weights of ${name} for ResNet-50 are recognised`, () => {
    const error = failure(residual([3, 4, 6, 3], true), residual(blocks, bottleneck));
    assert.match(error.message, new RegExp(`they look like those of ${name}, wanted is ResNet-50`));
  });
}

test("relatives with the same names are recognised by their widths", () => {
  const resnet = residual([3, 4, 6, 3], true);
  const next = { ...resnet, "layer1.0.conv2.weight": [128, 4, 3, 3] };
  const wide = { ...resnet, "layer1.0.conv2.weight": [128, 128, 3, 3] };
  assert.match(failure(resnet, next).message, /they look like those of ResNeXt-50/);
  assert.match(failure(resnet, wide).message, /they look like those of Wide ResNet-50/);
});

test("a prefix that only the wanted names have is told", () => {
  const error = failure(
    { "a.w": [1], "b.w": [1] },
    { "encoder_q.a.w": [1], "encoder_q.b.w": [1], queue: [9] },
  );
  assert.match(error.message, /the wanted names are there, but begin with "encoder_q\."/);
});
