// Networks as engines compute them: the pictures' normalisation, and files' backbones against the files themselves.
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { test } from "node:test";
import { random } from "../src/base/random.js";
import type { Graph } from "../src/graph/graph.js";
import { readOnnx } from "../src/graph/onnx.js";
import { prune } from "../src/graph/passes/prune.js";
import { float32, type Tensor, tensor } from "../src/graph/tensor.js";
import { network, withImageType } from "../src/models/network.js";
import { onnxBackbone } from "../src/models/onnx-backbone.js";
import { imagenetPreprocess } from "../src/models/preprocess.js";
import { resnet } from "../src/models/resnet.js";
import { engines } from "./engines.js";
import { sharedFile } from "./support/shared-data.js";

/** The graph up to one value, as its output. */
function upTo(graph: Graph, value: string): Graph {
  const part = graph.clone();
  part.outputs = [{ name: value, type: "float32", shape: ["N", 3, "H", "W"] }];
  return prune(part);
}

for (const { name, engine } of engines) {
  test(`${name}: pictures are normalised as torchvision's ToTensor and Normalize do`, async () => {
    const size = 4;
    const net = network(resnet("resnet10-small"), { labels: 1, size });
    const stream = random(1, "pictures");
    const bytes = Uint8Array.from({ length: 2 * size * size * 3 }, (_, i) =>
      i < 6 ? 51 * i : stream.integer(256),
    );
    const shape = [2, size, size, 3];
    const images = {
      uint8: tensor("uint8", shape, bytes),
      float32: float32(shape, Float32Array.from(bytes)),
    };
    for (const type of ["uint8", "float32"] as const) {
      const program = await engine.compile(upTo(withImageType(net, type).graph, "input"));
      const { input } = await program.run({ image: images[type] });
      await program.close();
      assert.deepEqual(input.shape, [2, 3, size, size]);
      const found = Array.from(input.data, Number);
      const { mean, std } = imagenetPreprocess;
      for (let i = 0; i < bytes.length; i++) {
        const [image, pixel, channel] = [Math.floor(i / 48), Math.floor(i / 3) % 16, i % 3];
        const wanted = (bytes[i] / 255 - mean[channel]) / std[channel];
        const error = Math.abs(found[image * 48 + channel * 16 + pixel] - wanted);
        assert.ok(error < 1e-6, `${type}, element ${i}: off by ${error}`);
      }
    }
  });
}

/** The mean of [1, C, H, W] over its last two dimensions. */
function pooled({ shape, data }: Tensor): number[] {
  const area = shape[2] * shape[3];
  return Array.from({ length: shape[1] }, (_, c) => {
    let sum = 0;
    for (let i = 0; i < area; i++) sum += Number(data[c * area + i]);
    return sum / area;
  });
}

const trunks = {
  "squeezenet1_1-imagenet": "/features/features.12/Concat_output_0",
  "mobilenetv2-imagenet-features": "features",
  "resnet50v2-imagenet-stage3-features": "features",
};
for (const [name, value] of Object.entries(trunks)) {
  const { path, skip } = sharedFile(`weights/${name}.onnx`);
  test(`${name}: the backbone's features are the file's own values, pooled`, { skip }, async () => {
    const { engine } = engines[engines.length - 1];
    const file = readOnnx(await readFile(path));
    const { graph } = await onnxBackbone(path);
    for (const size of [224, 96]) {
      const stream = random(1, name, size);
      const picture = float32(
        [1, 3, size, size],
        Array.from({ length: 3 * size * size }, () => stream.normal()),
      );
      const run = async (part: Graph) => {
        const sized = part.clone();
        sized.inputs = [{ name: "input", type: "float32", shape: ["N", 3, size, size] }];
        const program = await engine.compile(sized);
        const outputs = await program.run({ input: picture });
        await program.close();
        return outputs;
      };
      const wanted = pooled((await run(upTo(file, value)))[value]);
      const found = Array.from((await run(graph)).features.data, Number);
      const scale = Math.max(...wanted.map(Math.abs));
      wanted.forEach((x, i) => {
        assert.ok(Math.abs(found[i] - x) < 1e-5 * scale, `feature ${i} at ${size}: ${found[i]}, file ${x}`);
      });
    }
  });
}
