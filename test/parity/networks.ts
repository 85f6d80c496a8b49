// Our side of the networks that the Python sides make.
import { join } from "node:path";
import { float32 } from "../../src/graph/tensor.js";
import { type Network, network } from "../../src/models/network.js";
import { onnxBackbone } from "../../src/models/onnx-backbone.js";
import { openBackbone } from "../../src/models/registry.js";
import { readStateDict } from "../../src/models/weights/state-dict.js";
import type { Exchange } from "./exchange.js";

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

/** torchvision's MobileNetV2 from an ONNX file that it was exported to, and its classifier from `batch`. */
export async function torchvisionMobilenet(folder: string, size: number, batch: Exchange): Promise<Network> {
  const backbone = await onnxBackbone(join(folder, "mobilenet_v2.onnx"));
  const bias = batch.get("bias", "float32");
  const net = network(backbone, { labels: bias.length, size, init: () => batch.get("weight", "float32") });
  net.graph.initializers.set(`${net.classifier}.bias`, float32([bias.length], bias));
  return net;
}
