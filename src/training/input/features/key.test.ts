// Outside truth: what the numbers that a trunk gives depend on, told one by one.
import assert from "node:assert/strict";
import { test } from "node:test";
import type { Transform } from "../../../data/transform/crop-plan.js";
import type { Engine } from "../../../engines/engine.js";
import { Graph } from "../../../graph/graph.js";
import { float32 } from "../../../graph/tensor.js";
import { featuresKey } from "./key.js";

const graph = new Graph();
graph.initializers.set("weight", float32([2], [1, 2]));
const engine = { description: "an engine" } as Engine;

const key = (transform: Transform, drawn: { seed: number; view: number }) =>
  featuresKey(graph, engine, transform, drawn);
const center = { kind: "center", resize: 9, crop: 8 } as const;
const randAugment = { operations: 2, magnitude: 9 };

test("a transform that draws nothing is the same in every view, by any seed", () => {
  assert.equal(key(center, { seed: 1, view: 1 }), key(center, { seed: 2, view: 3 }));
});

test("one that draws is another in each view, by each seed", () => {
  for (const transform of [
    { kind: "augment", size: 8 } as const,
    { ...center, randAugment },
    { kind: "augment", size: 8, randAugment } as const,
  ]) {
    const drawn = [
      { seed: 1, view: 1 },
      { seed: 1, view: 2 },
      { seed: 2, view: 1 },
    ];
    assert.equal(new Set(drawn.map((each) => key(transform, each))).size, 3);
    assert.equal(key(transform, drawn[0]), key({ ...transform }, { ...drawn[0] }));
  }
});

test("what is done to pictures and the weights count", () => {
  const drawn = { seed: 1, view: 1 };
  const stronger = { operations: 2, magnitude: 10 };
  const other = graph.clone();
  other.initializers.set("weight", float32([2], [1, 3]));
  const keys = [
    key(center, drawn),
    key({ ...center, crop: 7 }, drawn),
    key({ ...center, randAugment }, drawn),
    key({ ...center, randAugment: stronger }, drawn),
    featuresKey(other, engine, center, drawn),
    featuresKey(graph, { description: "another" } as Engine, center, drawn),
  ];
  assert.equal(new Set(keys).size, keys.length);
});
