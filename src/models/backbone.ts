// Backbone: a network without its classifier, from a normalised picture to its features.
import { UserError } from "../base/errors.js";
import type { Graph, ValueInfo } from "../graph/graph.js";
import { inferShapes } from "../graph/shapes.js";
import type { Preprocess } from "./preprocess.js";

/** A network that gives features: what a classifier is put on. */
export interface Backbone {
  /** What it is called: `resnet50`, or the name of its file. */
  readonly name: string;
  /** Input `input`: float32 ["N", 3, "H", "W"], normalised. Output `features`: float32 ["N", features], pooled. */
  readonly graph: Graph;
  readonly features: number;
  /** How the classifier's weights are called: `${classifier}.weight` and `${classifier}.bias`. */
  readonly classifier: string;
  readonly preprocess: Preprocess;
  /** The value [N, features, height, width] before the features were pooled, where no GlobalAveragePool shows it. */
  readonly map?: string;
  /** The side of the images that it takes, in pixels, where that is no other: a file that is run as it is, or positions. */
  readonly onlySize?: number;
  /** Why it can't be trained, where it was to be. */
  readonly untrainable?: string;
  /** How it was read, for people: a sentence each. */
  readonly notes?: readonly string[];
}

/** A copy of a graph whose input `input` is square pictures of `size` pixels. */
export function atInputSize(graph: Graph, size: number): Graph {
  const sized = graph.clone();
  sized.inputs = graph.inputs.map((input) =>
    input.name === "input" ? { ...input, shape: ["N", 3, size, size] } : input,
  );
  return sized;
}

/**
 * The type and shape of every value for pictures of `size` pixels.
 * @throws UserError if the operators can't take them, or nothing would be left of pictures so small
 */
export function shapesAt(graph: Graph, size: number, name: string): Map<string, ValueInfo> {
  const infos = inferred(atInputSize(graph, size), name);
  for (const node of graph.nodes) {
    const { type, shape } = infos.get(node.outputs[0]) ?? { shape: [] };
    // Lists of sizes may be empty.
    if (type === "float32" && shape.some((d) => typeof d === "number" && d < 1)) {
      throw new UserError(
        `Pictures of ${size} pixels are too small for ${name}: ${node.op} node "${node.name}" would have ` +
          `nothing left of them. Choose a larger size.`,
      );
    }
  }
  return infos;
}

function inferred(graph: Graph, name: string): Map<string, ValueInfo> {
  try {
    return inferShapes(graph);
  } catch (error) {
    // Shape inference blames the graph, which here is the user's.
    if (error instanceof TypeError) throw new UserError(`${name} can't be a backbone: ${error.message}`);
    throw error;
  }
}

/**
 * The width of the features, found by inferring the shapes for pictures of `size` pixels.
 * @throws UserError as shapesAt, and if the features are not one row of a fixed width for each picture
 */
export function featureWidth(graph: Graph, size: number, name: string): number {
  const shape = shapesAt(graph, size, name).get(graph.outputs[0].name)?.shape ?? [];
  const width = shape[1];
  if (shape.length === 2 && shape[0] === "N" && typeof width === "number") return width;
  throw new UserError(
    `${name} gives features of shape [${shape.join(", ")}] for pictures of ${size} pixels; one row of a fixed ` +
      `width for each picture, [N, features], is wanted.`,
  );
}
