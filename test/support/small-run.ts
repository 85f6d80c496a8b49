// A data set and a backbone so small that a training run takes a second.
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { random } from "../../src/base/random.js";
import { GraphBuilder } from "../../src/graph/builder.js";
import { Graph } from "../../src/graph/graph.js";
import { writeOnnx } from "../../src/graph/onnx.js";
import { float32 } from "../../src/graph/tensor.js";
import { plain } from "./colours.js";

/**
 * Writes `labels.csv` and pictures of one colour each, tagged `red`, `green` and `blue` where the colour has
 * much of it; and `backbone.onnx`, a convolution of 3x3 pixels with random weights, ReLU and a mean.
 */
export async function smallRun(folder: string, pictures = 40): Promise<void> {
  const stream = random(1, "small run");
  await mkdir(join(folder, "images"), { recursive: true });
  const rows = ["image,labels"];
  for (let i = 0; i < pictures; i++) {
    const colour = [0, 0, 0].map(() => (stream.uniform() < 0.5 ? 40 : 215)) as [number, number, number];
    const labels = ["red", "green", "blue"].filter((_, channel) => colour[channel] > 128);
    await writeFile(join(folder, "images", `${i}.png`), await plain(colour));
    rows.push(`images/${i}.png,${labels.join("|")}`);
  }
  await writeFile(join(folder, "labels.csv"), `${rows.join("\n")}\n`);

  const graph = new Graph();
  const builder = new GraphBuilder(graph);
  builder.input({ name: "picture", type: "float32", shape: ["N", 3, "H", "W"] });
  const values = Float32Array.from({ length: 16 * 3 * 9 }, () => 0.3 * stream.normal());
  const weight = builder.initializer("conv.weight", float32([16, 3, 3, 3], values));
  const conv = builder.node("Conv", ["picture", weight], {
    name: "conv",
    attributes: { kernel_shape: [3, 3], strides: [2, 2], pads: [1, 1, 1, 1] },
  });
  const mean = builder.node("GlobalAveragePool", [builder.node("Relu", [conv])]);
  builder.node("Flatten", [mean], { attributes: { axis: 1 }, outputs: ["pooled"] });
  builder.output({ name: "pooled", type: "float32", shape: ["N", 16] });
  await writeFile(join(folder, "backbone.onnx"), writeOnnx(graph));
}
