// The image input of a network whose operators need not be known.
import { UserError } from "../../base/errors.js";
import type { ForeignGraph, ForeignValue } from "../../graph/foreign/model.js";
import { typeOfCode } from "../../graph/onnx-types.js";
import type { DataType } from "../../graph/tensor.js";

export interface ImageInput {
  readonly name: string;
  readonly type: DataType;
  /** Whether channels come last. */
  readonly channelsLast: boolean;
  /** The side that the file fixes; undefined where any will do. */
  readonly size: number | undefined;
}

/** @throws UserError if the network does not take one image */
export function imageInputOf(graph: ForeignGraph, source: string): ImageInput {
  const wanted = "one input of images, [N, 3, height, width] or [N, height, width, 3], is wanted";
  const found = graph.inputs.map(described).join(", ") || "none";
  if (graph.inputs.length !== 1) {
    throw new UserError(
      `${source} can't be a backbone: it has ${graph.inputs.length} inputs (${found}); ${wanted}. ` +
        "A network of images and texts has its image tower in a file of its own, such as vision_model.onnx.",
    );
  }
  const [{ name, code, shape = ["N", 3, "H", "W"] }] = graph.inputs;
  const type = typeOfCode(code);
  const channelsLast = shape.length === 4 && shape[1] !== 3 && shape[3] === 3;
  const channels = shape[channelsLast ? 3 : 1];
  const [height, width] = channelsLast ? shape.slice(1) : shape.slice(2);
  const numeric = type === "float32" || type === "float16" || type === "uint8";
  if (!numeric || shape.length !== 4 || (typeof channels === "number" && channels !== 3)) {
    throw new UserError(`${source} can't be a backbone: its input is ${found}; ${wanted}.`);
  }
  if (typeof height === "number" && typeof width === "number" && height !== width) {
    throw new UserError(
      `${source} can't be a backbone: it takes images of ${width} by ${height} pixels; squares are wanted.`,
    );
  }
  const size = [height, width].find((side) => typeof side === "number");
  return { name, type, channelsLast, size: typeof size === "number" ? size : undefined };
}

export function described({ name, code, shape }: ForeignValue): string {
  return `${name} (${typeOfCode(code) ?? "no tensor"}${shape ? ` [${shape.join(", ")}]` : ""})`;
}
