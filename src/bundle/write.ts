// writeBundle: puts a trained network on the disk as a folder that needs nothing else.
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Engine } from "../engines/engine.js";
import { GraphBuilder } from "../graph/builder.js";
import type { Graph } from "../graph/graph.js";
import { writeOnnx } from "../graph/onnx.js";
import { prune } from "../graph/passes/prune.js";
import { renameValues } from "../graph/passes/rename.js";
import { foldScales } from "../graph/passes/scales.js";
import { float32 } from "../graph/tensor.js";
import type { LossSpec } from "../losses/index.js";
import type { Calibration } from "../metrics/index.js";
import type { Network } from "../models/network.js";
import { MANIFEST, MODEL } from "./bundle.js";
import { writeChecksums } from "./checksums.js";
import { replaceFolder } from "./folder.js";
import { type Evaluation, type Manifest, parseManifest } from "./manifest.js";
import { Model } from "./model.js";
import { CARD, type CardFacts, modelCard } from "./model-card.js";
import { readModel } from "./read-model.js";
import { SEEN, writeSeenImages } from "./seen-images.js";

const SELF_CHECK = "self-check.jpg";

/** What a bundle is made of. */
export interface BundleContent {
  /** With its final weights. */
  readonly network: Network;
  readonly labels: readonly string[];
  /** One a label, 0 … 1. */
  readonly thresholds: readonly number[];
  /** What they were chosen for. */
  readonly thresholdFor?: string;
  /** The logits that the bundle gives are scale · logit + shift, a label's own; its name is for people. */
  readonly calibration?: { readonly method: string } & Calibration;
  /** What the network was trained with; default bce. */
  readonly loss?: LossSpec;
  /** Of the validation set. */
  readonly metrics: Evaluation;
  /** A JPEG that the bundle keeps, to prove on other machines that it gives the same numbers there. */
  readonly selfCheckImage: Uint8Array;
  /** The image files that it was trained on, and that it was validated and tuned on; default: the bundle does not tell. */
  readonly seen?: { readonly training: readonly string[]; readonly validation: readonly string[] };
  /** What the model card says of the training set; default: nothing. */
  readonly trained?: CardFacts;
  /** Computes the numbers of the self-check. */
  readonly engine: Engine;
}

/**
 * Writes a bundle to the folder `dir`, in place of one that is there: at every moment the folder holds a
 * whole bundle, the old one or the new one. What the self-check is held against is predicted by the model
 * file as it was written.
 */
export async function writeBundle(dir: string, content: BundleContent): Promise<void> {
  const { network, labels, selfCheckImage, calibration } = content;
  const { resize, crop, interpolation, fit, mean, std } = network.preprocess;
  await replaceFolder(dir, async (folder) => {
    const model = join(folder, MODEL);
    await writeFile(model, writeOnnx(withProbabilities(network.graph, calibration)));
    await writeFile(join(folder, SELF_CHECK), selfCheckImage);
    if (content.seen) await writeSeenImages(join(folder, SEEN), content.seen);
    const written = await Model.open(
      readModel(await readFile(model), model),
      network.preprocess,
      labels,
      content.engine,
    );
    const probabilities = await written.probabilitiesOf(selfCheckImage).finally(() => written.close());
    const manifest: Manifest = {
      format: 1,
      labels: [...labels],
      thresholds: [...content.thresholds],
      thresholdFor: content.thresholdFor,
      calibration,
      loss: content.loss,
      preprocess: { resize, crop, interpolation, fit, mean: [...mean], std: [...std] },
      backbone: network.backbone,
      metrics: content.metrics,
      created: new Date().toISOString(),
      selfCheck: { image: SELF_CHECK, probabilities },
    };
    const json = `${JSON.stringify(manifest, null, 2)}\n`;
    parseManifest(json, join(dir, MANIFEST));
    await writeFile(join(folder, MANIFEST), json);
    await writeChecksums(folder);
    // People may well add to it.
    await writeFile(join(folder, CARD), modelCard(manifest, content.trained));
  });
}

/**
 * The network with calibrated logits and a second output, their sigmoid, and without weights that nothing uses. The
 * calibration is two nodes of its own, whatever head the network ends with.
 */
function withProbabilities(network: Graph, calibration: Calibration | undefined): Graph {
  const [output] = network.outputs;
  const graph = calibration
    ? renameValues(network, new Map([[output.name, "logits.trained"]]))
    : network.clone();
  const builder = new GraphBuilder(graph);
  if (calibration) {
    graph.outputs = [];
    const vector = (name: "scale" | "shift") =>
      builder.initializer(`calibration.${name}`, float32([calibration[name].length], calibration[name]));
    const scaled = builder.node("Mul", ["logits.trained", vector("scale")], { name: "calibration.scaled" });
    builder.node("Add", [scaled, vector("shift")], { name: "calibration.shifted", outputs: [output.name] });
    builder.output(output);
  }
  builder.node("Sigmoid", [output.name], { name: "probabilities", outputs: ["probabilities"] });
  builder.output({ ...output, name: "probabilities" });
  return prune(foldScales(graph));
}
