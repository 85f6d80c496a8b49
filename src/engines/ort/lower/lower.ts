// lower: a graph with operators of our training domain → one with standard operators alone.
import { GraphBuilder } from "../../../graph/builder.js";
import { type Graph, TRAINING } from "../../../graph/graph.js";
import { inferShapes } from "../../../graph/shapes.js";
import { clipGradient, reluGradient } from "./activation.js";
import { convInputGradient } from "./conv-input.js";
import { convWeightGradient } from "./conv-weight.js";
import type { Lowering } from "./lowering.js";
import { batchNormGradient, batchNormTraining } from "./normalization.js";
import { averagePoolGradient, maxPoolGradient } from "./pooling.js";

const lowerings: Readonly<Record<string, Lowering>> = {
  ConvInputGradient: convInputGradient,
  ConvWeightGradient: convWeightGradient,
  BatchNormTraining: batchNormTraining,
  BatchNormGradient: batchNormGradient,
  MaxPoolGradient: maxPoolGradient,
  AveragePoolGradient: averagePoolGradient,
  ReluGradient: reluGradient,
  ClipGradient: clipGradient,
};

/** The same graph in standard operators; a graph that has no other is returned as it is. */
export function lower(graph: Graph): Graph {
  if (graph.nodes.every((node) => node.domain !== TRAINING)) return graph;
  const shapes = inferShapes(graph);
  const lowered = graph.clone();
  const builder = new GraphBuilder(lowered);
  lowered.nodes = [];
  for (const node of graph.nodes) {
    if (node.domain !== TRAINING) {
      lowered.nodes.push(node);
      continue;
    }
    lowerings[node.op](node, {
      builder,
      shape(value) {
        const info = shapes.get(value);
        if (!info) throw new TypeError(`The shape of ${value} is not known.`);
        return info;
      },
    });
  }
  return lowered;
}
