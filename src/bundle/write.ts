// writeBundle: puts a trained network on the disk as a folder that needs nothing else.
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Engine } from "../engines/engine.js";
import { GraphBuilder } from "../graph/builder.js";
import type { Graph } from "../graph/graph.js";
import { readOnnx, writeOnnx } from "../graph/onnx.js";
import { prune } from "../graph/passes/prune.js";
import type { Network } from "../models/network.js";
import { MANIFEST, MODEL } from "./bundle.js";
import { replaceFolder } from "./folder.js";
import { type Evaluation, type Manifest, parseManifest } from "./manifest.js";
import { Model } from "./model.js";

const SELF_CHECK = "self-check.jpg";

export interface BundleContent {
  /** With its final weights. */
  readonly network: Network;
  readonly labels: readonly string[];
  /** One a label, 0 … 1. */
  readonly thresholds: readonly number[];
  /** Of the validation set. */
  readonly metrics: Evaluation;
  /** A JPEG that the bundle keeps, to prove on other machines that it gives the same numbers there. */
  readonly selfCheckImage: Uint8Array;
  /** Computes the numbers of the self-check. */
  readonly engine: Engine;
}

/**
 * Writes a bundle to the folder `dir`, in place of one that is there: at every moment the folder holds a
 * whole bundle, the old one or the new one. What the self-check is held against is predicted by the model
 * file as it was written.
 */
export async function writeBundle(dir: string, content: BundleContent): Promise<void> {
  const { network, labels, selfCheckImage } = content;
  const { resize, crop, interpolation, mean, std } = network.preprocess;
  await replaceFolder(dir, async (folder) => {
    const model = join(folder, MODEL);
    await writeFile(model, writeOnnx(withProbabilities(network.graph)));
    await writeFile(join(folder, SELF_CHECK), selfCheckImage);
    const written = await Model.open(
      readOnnx(await readFile(model), model),
      network.preprocess,
      labels,
      content.engine,
    );
    const probabilities = await written.probabilitiesOf(selfCheckImage).finally(() => written.close());
    const manifest: Manifest = {
      format: 1,
      labels: [...labels],
      thresholds: [...content.thresholds],
      preprocess: { resize, crop, interpolation, mean: [...mean], std: [...std] },
      backbone: network.backbone,
      metrics: content.metrics,
      created: new Date().toISOString(),
      selfCheck: { image: SELF_CHECK, probabilities },
    };
    const json = `${JSON.stringify(manifest, null, 2)}\n`;
    parseManifest(json, join(dir, MANIFEST));
    await writeFile(join(folder, MANIFEST), json);
  });
}

/** The network with a second output, the sigmoid of its logits, and without weights that nothing uses. */
function withProbabilities(network: Graph): Graph {
  const graph = network.clone();
  const [logits] = graph.outputs;
  const builder = new GraphBuilder(graph);
  builder.node("Sigmoid", [logits.name], { name: "probabilities", outputs: ["probabilities"] });
  builder.output({ ...logits, name: "probabilities" });
  return prune(graph);
}
