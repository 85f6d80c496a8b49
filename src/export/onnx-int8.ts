// The format onnx-int8: one ONNX file that computes on bytes, a quarter of the size and faster on CPUs.
import type { Format } from "./format.js";
import { int8Model } from "./int8.js";
import { writeModel } from "./write-model.js";

export const onnxInt8: Format = {
  description: "the same on bytes: a quarter of the size, and faster",
  out: ".onnx",
  precisions: ["int8"],
  async export(request) {
    const { graph, quality } = await int8Model(request);
    const { bundle, settings } = request;
    return { files: await writeModel(settings.out, graph, bundle, settings.precision), quality };
  },
};
