// Backbones from ONNX files: any network of known operators, its classifier cut off.
import { basename } from "node:path";
import { UserError } from "../base/errors.js";
import { GraphBuilder } from "../graph/builder.js";
import { problemsOf } from "../graph/gradient/differentiate.js";
import type { Graph, Node } from "../graph/graph.js";
import { readOnnx } from "../graph/onnx.js";
import { knownOps } from "../graph/operators/index.js";
import { foldConstants } from "../graph/passes/constants.js";
import { dropIdentities } from "../graph/passes/identities.js";
import { prune } from "../graph/passes/prune.js";
import { type Backbone, featureWidth, shapesAt } from "./backbone.js";
import { readModelFile } from "./frozen/files.js";
import { isWithin } from "./modules.js";
import { featureValue } from "./onnx/classifier.js";
import { declaredSize, imageInput, withFreeSize } from "./onnx/input.js";
import { nameEnds, nameWeights } from "./onnx/names.js";
import { canonicalPooling, globalPooling } from "./onnx/pooling.js";
import { atSize, imagenetPreprocess, type Preprocess } from "./preprocess.js";

/** BatchNormalization and Dropout as they are when nothing trains, also in a file that was exported for training. */
function forInference(graph: Graph): Graph {
  const result = graph.clone();
  result.nodes = graph.nodes.map((node): Node => {
    if (node.op === "Dropout") return { ...node, inputs: node.inputs.slice(0, 2) };
    if (node.op !== "BatchNormalization") return node;
    const { training_mode: _, ...attributes } = node.attributes;
    return { ...node, outputs: node.outputs.slice(0, 1), attributes };
  });
  return result;
}

/** The part of the graph that makes `value`, as its one output. */
function upTo(graph: Graph, value: string): Graph {
  const part = graph.clone();
  part.outputs = [{ name: value, type: "float32", shape: [] }];
  return prune(part, { keepInputs: false });
}

function checkOperators(graph: Graph, name: string): void {
  const unknown = new Map<string, string[]>();
  for (const node of graph.nodes) {
    if (node.domain === "" && knownOps.has(node.op)) continue;
    const op = node.domain ? `${node.domain}.${node.op}` : node.op;
    unknown.set(op, [...(unknown.get(op) ?? []), node.name]);
  }
  if (unknown.size === 0) return;
  throw new UserError(
    `${name} can't be a backbone: it has operators that are not known here. ` +
      `Those known are ${[...knownOps].sort().join(", ")}.`,
    problemsOf(unknown),
  );
}

/** Adds what turns the features [N, C, height, width] or [N, C, 1, 1] into [N, C]. */
function pooled(graph: Graph, rank: number, name: string): Graph {
  if (rank === 2) return graph;
  if (rank !== 4) {
    throw new UserError(
      `${name} can't be a backbone: its features "${graph.outputs[0].name}" have ${rank} dimensions; ` +
        `[N, features] or [N, features, height, width] is wanted.`,
    );
  }
  const result = graph.clone();
  const builder = new GraphBuilder(result);
  const value = graph.outputs[0].name;
  const isPooled = graph.producers().get(value)?.op === "GlobalAveragePool";
  const average = isPooled ? value : builder.node("GlobalAveragePool", [value], { name: "avgpool" });
  const flat = builder.node("Flatten", [average], { name: "flatten", attributes: { axis: 1 } });
  result.outputs = [{ name: flat, type: "float32", shape: [] }];
  return result;
}

/** A name for the new classifier that no weight and no module of the backbone has. */
function classifierName(graph: Graph): string {
  const names = [...graph.initializers.keys(), ...graph.nodes.map((node) => node.name)];
  let classifier = "classifier";
  for (let i = 2; names.some((name) => isWithin(name, classifier)); i++) classifier = `classifier${i}`;
  return classifier;
}

/**
 * A backbone from an ONNX file of operator set 13 to 21.
 *
 * Its input must be normalised pictures, float32 [N, 3, H, W]; a size that the file fixes becomes free. Of its
 * outputs the first counts. If that comes from a linear layer, or from a 1x1 convolution that classifies, the
 * features are what it takes; otherwise they are the output itself. Features with height and width are averaged
 * over them.
 *
 * Operators without a gradient rule may stand in the part that is frozen; `trainableWeights` refuses others.
 *
 * @param source the file's path, or its bytes
 * @param made what the weights were made with; default: ImageNet's
 * @throws UserError if it is no ONNX file, has no such input, or an operator that is not known here
 */
export async function onnxBackbone(
  source: string | Uint8Array,
  made: Preprocess = imagenetPreprocess,
): Promise<Backbone> {
  const name = typeof source === "string" ? basename(source) : "the ONNX backbone";
  const bytes = typeof source === "string" ? await readModelFile(source) : source;
  const file = canonicalPooling(
    dropIdentities(foldConstants(forInference(readOnnx(bytes, name)), { weightsApart: true })),
  );
  if (file.outputs.length === 0) {
    throw new UserError(
      `${name} can't be a backbone: it has no output, so it says of no value that it is the result.`,
    );
  }
  const input = imageInput(file, name);
  const preprocess = atSize(made, declaredSize(input) ?? made.crop);

  const trunk = upTo(withFreeSize(file, input), featureValue(file));
  if (trunk.inputs.length !== 1 || trunk.inputs[0].name !== input.name) {
    const found = trunk.inputs.map((value) => value.name).join(", ") || "nothing";
    throw new UserError(
      `${name} can't be a backbone: its features depend on ${found}; on the picture alone is wanted.`,
    );
  }
  checkOperators(trunk, name);
  const named = nameEnds(trunk);
  const infos = shapesAt(named, preprocess.crop, name);
  const rank = infos.get("features")?.shape.length ?? 0;
  const graph = nameWeights(nameEnds(pooled(globalPooling(named, infos), rank, name)));
  const features = featureWidth(graph, preprocess.crop, name);
  graph.name = name;
  graph.outputs = [{ name: "features", type: "float32", shape: ["N", features] }];
  return { name, graph, features, classifier: classifierName(graph), preprocess };
}
