// int8: a bundle's model with its convolutions on bytes, calibrated on pictures and measured on them.
import { UserError } from "../base/errors.js";
import { permutation, random } from "../base/random.js";
import { Loader } from "../data/loader/loader.js";
import { centerTransform } from "../data/transform/crop-plan.js";
import { openEngine, ortEngine } from "../engines/index.js";
import type { Graph } from "../graph/graph.js";
import { quantizationPlaces } from "../graph/quantization/places.js";
import { quantize } from "../graph/quantization/quantize.js";
import { calibrate } from "./calibrate.js";
import { compare } from "./compare.js";
import type { ExportRequest, Quality } from "./format.js";
import { inferenceGraph } from "./inference-graph.js";
import { labelledPictures } from "./pictures.js";

/** Pictures that the ranges are taken from; more change them no further. */
const CALIBRATED_ON = 128;
/** All activations of a batch are held at once. */
const BATCH = 4;
/** The part of mAP that may be lost. */
const TOLERATED = 0.01;

/**
 * @throws UserError where there are no pictures, nothing that can be quantized, or more than one point of mAP is
 *   lost and `force` is not set
 */
export async function int8Model(request: ExportRequest): Promise<{ graph: Graph; quality: Quality }> {
  const { bundle, settings, hooks } = request;
  const dataset = await labelledPictures(request);
  const graph = inferenceGraph(bundle.graph);
  const places = quantizationPlaces(graph);
  if (places.convolutions.size === 0) {
    throw new UserError(
      `${bundle.manifest.backbone} has no convolution that can compute in int8; --format onnx exports it as it is.`,
    );
  }
  const { pictures } = dataset;
  const drawn = permutation(pictures.length, random(1, "calibrate")).subarray(0, CALIBRATED_ON).sort();
  const transform = centerTransform(bundle.manifest.preprocess);
  const loader = new Loader(
    Array.from(drawn, (i) => pictures[i]),
    { batch: BATCH, transform, seed: 0, shuffle: false },
  );
  const { threads } = settings;
  const ranges = await calibrate(
    graph,
    places,
    await openEngine("auto", { threads }),
    loader.epoch(1),
    (done) => hooks.onProgress?.("calibrating", done, drawn.length),
  ).finally(() => loader.close());
  const quantized = quantize(graph, places, ranges);
  const quality = await compare(bundle, quantized, dataset, ortEngine({ threads }), (done, total) =>
    hooks.onProgress?.("measuring", done, total),
  );
  const { before, after } = quality.mAP;
  if (before !== null && after !== null && before - after > TOLERATED && !settings.force) {
    throw new UserError(
      `In int8 the mAP falls from ${before.toFixed(3)} to ${after.toFixed(3)} on the ${quality.images} pictures of ` +
        `${quality.data}, which is more than one point. --format onnx --precision fp16 loses next to nothing; ` +
        "--force exports int8 all the same.",
    );
  }
  return { graph: quantized, quality };
}
