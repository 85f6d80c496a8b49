// Bundles of small networks with random weights, whose BatchNormalizations have statistics of their own.

import { random } from "../../src/base/random.js";
import { unmeasured } from "../../src/bundle/manifest.js";
import { type BundleContent, writeBundle } from "../../src/bundle/write.js";
import { ortEngine } from "../../src/engines/index.js";
import { float32 } from "../../src/graph/tensor.js";
import type { Head } from "../../src/models/heads/index.js";
import { type Network, network } from "../../src/models/network.js";
import { parametersOf } from "../../src/models/parameters.js";
import { type ResnetName, resnet } from "../../src/models/resnet.js";
import { plain } from "./colours.js";

/** A ResNet with a classifier of `labels` labels, drawn from seeds: no two weights are alike. */
export function drawnNetwork(name: ResnetName, labels: number, size = 32, head?: Head): Network {
  const net = network(resnet(name, { seed: 1 }), { labels, size, head, seed: 2 });
  const stream = random(3, "statistics");
  for (const { name, role, node } of parametersOf(net.graph)) {
    const shape = net.graph.initializers.get(name)?.shape ?? [];
    if (node.op !== "BatchNormalization" && role !== "bias") continue;
    const around = role === "weight" || role === "running_var" ? 1 : 0;
    const values = Float32Array.from({ length: shape[0] }, () => around + 0.4 * (stream.uniform() - 0.5));
    net.graph.initializers.set(name, float32(shape, values));
  }
  return net;
}

/** Writes a bundle of a network into `dir`; its labels are `label 0`, `label 1`, … */
export async function bundleOf(
  dir: string,
  net: Network,
  labels: readonly string[] = Array.from({ length: net.labels }, (_, i) => `label ${i}`),
  calibration?: BundleContent["calibration"],
): Promise<string> {
  await writeBundle(dir, {
    network: net,
    labels,
    thresholds: labels.map((_, i) => (i + 1) / (labels.length + 1)),
    metrics: unmeasured,
    calibration,
    selfCheckImage: await plain([200, 120, 60], "jpeg", 40, 40),
    engine: ortEngine({ threads: 1 }),
  });
  return dir;
}
