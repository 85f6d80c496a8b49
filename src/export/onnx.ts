// The format onnx: one self-contained file for any ONNX runtime, and a JSON file beside it.
//
// BatchNormalization is folded into the convolutions: runtimes need not do it, and casts before the weights
// cannot keep them from doing it. fp16 halves the file, not the arithmetic: ONNX Runtime's kernels for x86 and
// WebAssembly compute convolutions in float32 only, so a graph of float16 would be cast back and forth at every
// node; weights behind casts are unpacked once, when the model is loaded.
import { halfWeights } from "../graph/passes/pack.js";
import type { Format } from "./format.js";
import { inferenceGraph } from "./inference-graph.js";
import { writeModel } from "./write-model.js";

export const onnx: Format = {
  description: "one file for any ONNX runtime; --precision fp16 halves it",
  out: ".onnx",
  precisions: ["fp32", "fp16"],
  async export({ bundle, settings }) {
    const graph = inferenceGraph(bundle.graph);
    const { out, precision } = settings;
    return {
      files: await writeModel(out, precision === "fp16" ? halfWeights(graph) : graph, bundle, precision),
    };
  },
};
