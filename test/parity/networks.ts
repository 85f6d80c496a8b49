// Our side of the networks that the Python sides make.
import { join } from "node:path";
import { float32 } from "../../src/graph/tensor.js";
import { type Network, network } from "../../src/models/network.js";
import { openBackbone } from "../../src/models/registry.js";
import { readStateDict } from "../../src/models/weights/state-dict.js";

/** A whole torchvision ResNet: the backbone from its checkpoint, and the checkpoint's own classifier. */
export async function torchvisionResnet(folder: string, name: string, size: number): Promise<Network> {
  const path = join(folder, `${name}.pth`);
  const backbone = await openBackbone({ backbone: name, weights: path });
  const weights = await readStateDict(path);
  const weight = weights.get("fc.weight");
  const bias = weights.get("fc.bias");
  if (!weight || !bias) throw new Error(`${path} has no classifier.`);
  const net = network(backbone, { labels: bias.data.length, size, init: () => weight.data });
  net.graph.initializers.set("fc.bias", float32(bias.shape, bias.data));
  return net;
}
