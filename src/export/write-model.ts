// writeModel: an exported graph as a file, with what its user has to know inside and beside it.
import { resolve } from "node:path";
import { writeWhole } from "../base/write-whole.js";
import type { Bundle } from "../bundle/bundle.js";
import type { Graph } from "../graph/graph.js";
import { writeOnnx } from "../graph/onnx.js";
import { asMetadata, descriptionOf } from "./description.js";

/**
 * Writes NAME.onnx and NAME.json; each appears under its name when it is complete.
 * @param out a path that ends in .onnx
 * @param precision what the weights are kept in
 * @returns the two paths, absolute
 */
export async function writeModel(
  out: string,
  graph: Graph,
  { manifest }: Bundle,
  precision: string,
): Promise<string[]> {
  const description = descriptionOf(manifest);
  const model = resolve(out);
  const beside = model.replace(/\.onnx$/, ".json");
  await writeWhole(model, writeOnnx(graph, { ...asMetadata(description), precision }));
  await writeWhole(
    beside,
    `${JSON.stringify({ ...description, precision, metrics: manifest.metrics }, null, 2)}\n`,
  );
  return [model, beside];
}
