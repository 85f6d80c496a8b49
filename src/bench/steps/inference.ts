// A batch of decoded pictures through the network, in float32, bf16 or int8.

import type { Engine } from "../../engines/engine.js";
import { calibrate } from "../../export/calibrate.js";
import { inferenceGraph } from "../../export/inference-graph.js";
import type { Graph } from "../../graph/graph.js";
import { quantizationPlaces } from "../../graph/quantization/places.js";
import { quantize } from "../../graph/quantization/quantize.js";
import { tensor } from "../../graph/tensor.js";
import { model, noise, openOurs, type Prepare } from "./step.js";

export const prepare: Prepare = async (_, ours, settings) => {
  const { batch, size } = settings;
  const engine = await openOurs(ours, settings);
  const images = noise(settings);
  const { graph } = await (await model(settings)).network();
  const int8 = ours.precision === "int8";
  const first = images.subarray(0, size * size * 3);
  const program = await engine.compile(int8 ? await onBytes(graph, engine, first) : graph);
  const image = tensor("uint8", [batch, size, size, 3], images);
  return {
    versions: int8 ? engine.description.replace("float32", "int8") : engine.description,
    items: batch,
    step: () => program.run({ image }),
  };
};

/** The network as `multihot export --format onnx-int8` makes it, calibrated on one picture. */
async function onBytes(network: Graph, engine: Engine, picture: Uint8Array): Promise<Graph> {
  const graph = inferenceGraph(network);
  const places = quantizationPlaces(graph);
  async function* pictures() {
    yield { images: picture, count: 1 };
  }
  return quantize(graph, places, await calibrate(graph, places, engine, pictures()));
}
