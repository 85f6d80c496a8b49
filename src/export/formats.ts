// The registry of export formats, by the names that `--format` takes.
import type { Format } from "./format.js";
import { onnx } from "./onnx.js";
import { onnxInt8 } from "./onnx-int8.js";
import { safetensors } from "./safetensors.js";
import { web } from "./web.js";

export const formats = { onnx, "onnx-int8": onnxInt8, safetensors, web } as const satisfies Record<
  string,
  Format
>;
