// The networks by name against torchvision's, and against modules in plain PyTorch (test/golden/families.py), whose weights
// are made from their names here as there; and against a ViT-Tiny that was trained, as two files have it.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { describe, test } from "node:test";
import { crc32 } from "node:zlib";
import { sharedFile } from "../../../test/support/shared-data.js";
import { ortEngine } from "../../engines/index.js";
import type { Graph } from "../../graph/graph.js";
import { float32, sizeOf, tensor } from "../../graph/tensor.js";
import { trainableWeights, weightsOf } from "../freeze.js";
import { network } from "../network.js";
import { parametersOf } from "../parameters.js";
import { openBackbone } from "../registry.js";
import { stagesOf } from "../stages.js";
import type { StateDict } from "../weights/elements.js";
import { convNext } from "./convnext.js";
import { efficientNet, efficientNets } from "./efficientnet.js";
import { meantBy, namedNetworks } from "./index.js";
import { mobileNet, mobileNets } from "./mobilenet-v3.js";
import { convNextWeights, vitWeights } from "./names.js";
import { interpolatedPositions } from "./positions.js";
import { type VitArchitecture, vit } from "./vit.js";

interface Case {
  name: string;
  of: string;
  architecture: Record<string, number> & { depths?: number[]; widths?: number[] };
  size: number;
  weights: Record<string, number[]>;
  features: number[];
  step: number;
}
const golden: Case[] = JSON.parse(readFileSync("test/golden/families.json", "utf8"));

function noise(count: number, seed: number): Float32Array {
  return Float32Array.from({ length: count }, (_, i) => {
    let x = Math.imul(i + seed, 2654435761) >>> 0;
    x = (x ^ (x >>> 15)) >>> 0;
    x = Math.imul(x, 2246822519) >>> 0;
    x = (x ^ (x >>> 13)) >>> 0;
    return x / 2 ** 32 - 0.5;
  });
}

function weightsOfCase({ weights }: Case): StateDict {
  return new Map(
    Object.entries(weights).map(([name, shape]) => {
      const values = noise(sizeOf(shape), crc32(name));
      const scale = Math.fround(3.5 / Math.sqrt(sizeOf(shape.slice(1))));
      const flat = /(weight|running_var|layer_scale|lambda1)$/.test(name);
      const matrix = shape.length > 1 && !name.endsWith("layer_scale");
      const data = values.map((x) => (matrix ? x * scale : flat ? x * 0.5 + 1 : x));
      return [name, { shape, data }];
    }),
  );
}

const common = { size: 32, classToken: true, activation: "gelu", epsilon: 1e-6 } as const;

/** A case's graph, and its weights by the graph's names. */
function built(each: Case): { graph: Graph; weights: StateDict } {
  const { of, architecture, size } = each;
  const weights = weightsOfCase(each);
  if (of === "convnext") {
    const { depths, widths } = architecture as unknown as Parameters<typeof convNext>[0];
    return { graph: convNext({ depths, widths }), weights: convNextWeights(weights) };
  }
  if (of.startsWith("efficientnet")) {
    const name = of.replaceAll("_", "-") as keyof typeof efficientNets;
    return { graph: efficientNet(efficientNets[name]), weights };
  }
  if (of.startsWith("mobilenet")) {
    return { graph: mobileNet(mobileNets[of.replaceAll("_", "-") as keyof typeof mobileNets]), weights };
  }
  const kinds: Record<string, Partial<VitArchitecture>> = {
    vit: {},
    dinov2: { layerScale: true },
    clip: { clip: true, activation: "quick-gelu", epsilon: 1e-5 },
    siglip: { classToken: false, activation: "gelu-tanh" },
  };
  const whole = { ...common, ...kinds[of], ...architecture } as VitArchitecture;
  const named = vitWeights(weights);
  const positions = named.get("pos_embed");
  assert.ok(positions);
  const side = size / whole.patch;
  named.set("pos_embed", interpolatedPositions(positions, whole.classToken ? 1 : 0, side));
  return { graph: vit(whole, size).graph, weights: named };
}

for (const each of golden) {
  test(`${each.name}: PyTorch's features, and every weight in its place`, async () => {
    const { graph, weights } = built(each);
    const { size } = each;
    for (const { name } of parametersOf(graph)) {
      const { shape } = graph.initializers.get(name) ?? { shape: [] };
      const found = weights.get(name);
      assert.ok(found, `${name} is missing`);
      assert.deepEqual(found.shape, [...shape], name);
      graph.initializers.set(name, float32(shape, found.data));
    }
    const left = [...weights.keys()].filter(
      (name) => !graph.initializers.has(name) && !/^(head|heads|classifier)\b/.test(name),
    );
    assert.deepEqual(left, []);
    const program = await ortEngine({ threads: 1 }).compile(graph);
    const input = tensor(
      "float32",
      [2, 3, size, size],
      noise(6 * size * size, 7).map((x) => 4 * x),
    );
    const { features } = await program.run({ input });
    await program.close();
    const sample = [...(features.data as Float32Array)].filter((_, i) => i % each.step === 0);
    const greatest = Math.max(...each.features.map(Math.abs));
    assert.equal(sample.length, each.features.length);
    for (const [i, wanted] of each.features.entries()) {
      assert.ok(Math.abs(sample[i] - wanted) <= 2e-4 * greatest, `${i}: ${sample[i]}, not ${wanted}`);
    }
  });
}

describe("a ViT-Tiny that was trained", () => {
  const [onnx, safetensors] = ["onnx", "safetensors"].map((ending) =>
    sharedFile(`weights/vit_tiny_patch16_224-imagenet.${ending}`),
  );
  test("gives the same features from its state dict as from its ONNX file", {
    skip: onnx.skip || safetensors.skip,
  }, async () => {
    const [named, file] = await Promise.all([
      openBackbone({ backbone: "vit-tiny", weights: safetensors.path }),
      openBackbone({ backbone: onnx.path, frozen: true }),
    ]);
    const input = tensor(
      "float32",
      [2, 3, 224, 224],
      noise(6 * 224 * 224, 7).map((x) => 2 * x),
    );
    const [a, b] = await Promise.all(
      [named, file].map(async ({ graph }) => {
        const program = await ortEngine({ threads: 1 }).compile(graph);
        const { features } = await program.run({ input });
        await program.close();
        return features.data as Float32Array;
      }),
    );
    const greatest = Math.max(...b.map(Math.abs));
    assert.ok(a.every((x, i) => Math.abs(x - b[i]) < 1e-4 * greatest));
  });
});

const blocksDown = (depth: number) => Array.from({ length: depth }, (_, i) => `blocks.${depth - 1 - i}`);

describe("every network by name", () => {
  test("has features of the width that it says, stages by whole blocks, and can be frozen up to each", () => {
    for (const { name, build, preprocess, classifier } of namedNetworks.values()) {
      // The large ones are built alike.
      if (/base|small|b[1-4]$/.test(name) && !/mobilenet/.test(name)) continue;
      const { graph, map } = build(preprocess.crop);
      const features = Number(graph.outputs[0].shape[1]);
      const net = network({ name, graph, features, classifier, preprocess, map }, { labels: 2 });
      const stages = stagesOf(net);
      assert.equal(stages[0].name, classifier);
      assert.ok(stages.length >= 3, `${name}: ${stages.map((stage) => stage.name).join("; ")}`);
      const all = stages.flatMap(({ weights }) => weights);
      assert.deepEqual([...all].sort(), [...weightsOf(net.graph)].sort());
      const transformer = graph.nodes.some(({ name }) => name === "blocks.7.attn.qkv");
      if (transformer)
        assert.deepEqual(
          stages.slice(1).map((stage) => stage.name),
          [...blocksDown(12), "stem"],
        );
      if (name.startsWith("convnext")) {
        assert.deepEqual(
          stages.slice(1).map((stage) => stage.name),
          ["stages.3, head", "stages.2", "stages.1", "stem, stages.0"],
        );
      }
      const module = name.startsWith("convnext")
        ? "stages.2"
        : graph.nodes.some(({ name }) => name === "blocks.7.attn.qkv")
          ? "blocks.7"
          : "features.5";
      assert.ok(trainableWeights(net, module).size > 4);
    }
  });

  test("is what other libraries' names mean", () => {
    const names: Record<string, string | undefined> = {
      convnext_tiny: "convnext-tiny",
      vit_b_16: "vit-base",
      vit_tiny_patch16_224: "vit-tiny",
      "facebook/dinov2-small": "dinov2-small",
      dinov2_vits14: "dinov2-small",
      efficientnet_v2_s: "efficientnet-v2-s",
      efficientnet_b0: "efficientnet-b0",
      mobilenet_v3_small: "mobilenet-v3-small",
      mobilenetv3_large_100: "mobilenet-v3-large",
      "openai/clip-vit-base-patch32": "clip-base-32",
      "google/siglip-base-patch16-224": "siglip-base",
      resnext50: undefined,
    };
    for (const [given, wanted] of Object.entries(names)) assert.equal(meantBy(given), wanted, given);
  });

  test("an unknown name is answered with the family's own", async () => {
    await assert.rejects(openBackbone({ backbone: "convnext_tiny" }), /Did you mean convnext-tiny\?/);
  });
});
