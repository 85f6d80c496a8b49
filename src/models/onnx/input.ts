// The image input of an ONNX file: which it is, and its size made free.
import { UserError } from "../../base/errors.js";
import type { Graph, ValueInfo } from "../../graph/graph.js";

function described({ name, type, shape }: ValueInfo): string {
  return `${name} (${type} [${shape.join(", ")}])`;
}

/**
 * The input that takes the pictures: float32, of rank 4, with 3 channels behind the batch.
 * @throws UserError if there is none, or more than one, or it is laid out or typed otherwise
 */
export function imageInput(graph: Graph, name: string): ValueInfo {
  const pictures = graph.inputs.filter(({ shape }) => shape.length === 4 && shape[1] === 3);
  if (pictures.length === 1 && pictures[0].type === "float32") return pictures[0];
  const wanted = "one input of normalised pictures, float32 [N, 3, H, W], is wanted";
  const found = graph.inputs.map(described).join(", ") || "none";
  const hint = graph.inputs.some(({ shape }) => shape.length === 4 && shape[3] === 3)
    ? " Channels are last there; export the network with channels first."
    : "";
  throw new UserError(`${name} can't be a backbone: its inputs are ${found}; ${wanted}.${hint}`);
}

/** The size in pixels that the file was made for: its height where that is a number. */
export function declaredSize(input: ValueInfo): number | undefined {
  const height = input.shape[2];
  return typeof height === "number" && height > 0 ? height : undefined;
}

/** A copy whose image input takes any number of pictures of any size. */
export function withFreeSize(graph: Graph, input: ValueInfo): Graph {
  const free = graph.clone();
  free.inputs = graph.inputs.map((value) =>
    value.name === input.name ? { ...value, shape: ["N", 3, "H", "W"] } : value,
  );
  return free;
}
