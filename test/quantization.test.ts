// QuantizeLinear and DequantizeLinear against PyTorch (golden/quantization.py), and a quantized network on ONNX
// Runtime, which fuses it to integer kernels, against the reference engine, which computes it as it is written.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { random } from "../src/base/random.js";
import { ortEngine } from "../src/engines/index.js";
import { inferenceGraph } from "../src/export/inference-graph.js";
import { GraphBuilder } from "../src/graph/builder.js";
import { Graph } from "../src/graph/graph.js";
import { quantizationPlaces } from "../src/graph/quantization/places.js";
import { quantize } from "../src/graph/quantization/quantize.js";
import { inferShapes } from "../src/graph/shapes.js";
import { float32, tensor } from "../src/graph/tensor.js";
import { referenceEngine } from "./reference/engine.js";
import { drawnNetwork } from "./support/bundles.js";

interface Golden {
  shape: number[];
  values: number[];
  cases: {
    name: string;
    axis: number | null;
    type: "int8" | "uint8";
    scale: number | number[];
    zeroPoint: number | number[];
    bytes: number[];
    back: number[];
  }[];
}
const golden: Golden = JSON.parse(
  readFileSync(new URL("../../test/golden/quantization.json", import.meta.url), "utf8"),
);

/** ONNX Runtime and the float64 oracle; the oneDNN engine refuses these operators. */
const engines = [referenceEngine(), ortEngine({ threads: 1 })];

for (const engine of engines) {
  for (const { name, axis, type, scale, zeroPoint, bytes, back } of golden.cases) {
    test(`${name} on ${engine.name}`, async () => {
      const builder = new GraphBuilder(new Graph());
      const shape = golden.shape;
      builder.input({ name: "x", type: "float32", shape });
      const [scales, zeros] = [[scale].flat(), [zeroPoint].flat()];
      const slices = axis === null ? [] : [scales.length];
      const zero =
        type === "int8"
          ? tensor("int8", slices, Int8Array.from(zeros))
          : tensor("uint8", slices, Uint8Array.from(zeros));
      const parameters = [
        builder.initializer("scale", float32(slices, scales)),
        builder.initializer("zero", zero),
      ];
      const attributes: Record<string, number> = axis === null ? {} : { axis };
      const q = builder.node("QuantizeLinear", ["x", ...parameters], { attributes });
      const y = builder.node("DequantizeLinear", [q, ...parameters], { attributes });
      const infos = inferShapes(builder.graph);
      for (const value of [q, y]) builder.output(infos.get(value) ?? assert.fail());
      const program = await engine.compile(builder.graph);
      const found = await program.run({ x: float32(shape, golden.values) });
      await program.close();
      assert.equal(found[q].type, type);
      assert.deepEqual(Array.from(found[q].data, Number), bytes);
      assert.deepEqual(Array.from(found[y].data, Number), back);
    });
  }
}

test("a quantized ResNet: integer kernels give what the graph says, near the network's own numbers", async () => {
  const size = 32;
  const graph = inferenceGraph(drawnNetwork("resnet18", 3, size).graph);
  const places = quantizationPlaces(graph);
  // 20 convolutions, all of them, and the max pooling shares its input's scale.
  assert.equal(places.convolutions.size, 20);
  assert.equal(places.shared.size, 1);
  const stream = random(1, "pictures");
  const data = Uint8Array.from({ length: 2 * size * size * 3 }, () => stream.integer(256));
  const image = tensor("uint8", [2, size, size, 3], data);
  const infos = inferShapes(graph);
  const watched = graph.clone();
  watched.outputs = [...places.values.map((value) => infos.get(value) ?? assert.fail()), ...graph.outputs];
  const float = await (await referenceEngine().compile(watched)).run({ image });
  const ranges = new Map(
    places.values.map((value) => {
      const values = Array.from(float[value].data, Number);
      return [value, { low: Math.min(0, ...values), high: Math.max(0, ...values) }];
    }),
  );
  const quantized = quantize(graph, places, ranges);
  const ops = quantized.nodes.map(({ op }) => op);
  assert(!ops.includes("Relu"), "saturation does what every ReLU did");
  for (const { type, data } of quantized.initializers.values()) {
    if (type !== "int8") continue;
    // 2 · 255 · 64 < 2¹⁵: processors without VNNI add two products in 16 bits.
    assert(
      data.every((weight) => Math.abs(Number(weight)) <= 64),
      "two products fit into 16 bits",
    );
  }
  const exact = (await (await referenceEngine().compile(quantized)).run({ image })).logits.data;
  const program = await ortEngine({ threads: 1 }).compile(quantized);
  const integer = (await program.run({ image })).logits.data;
  await program.close();
  const own = Array.from(float.logits.data, Number);
  const spread = Math.max(...own) - Math.min(...own);
  for (const [i, wanted] of own.entries()) {
    assert(Math.abs(Number(exact[i]) - wanted) < 0.1 * spread, `${exact[i]} for ${wanted}`);
    assert(Math.abs(Number(integer[i]) - Number(exact[i])) < 0.03 * spread, `${integer[i]} for ${exact[i]}`);
  }
});
