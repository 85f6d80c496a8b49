// Names: readable ones for the weights of an ONNX file, and ours for its input and output.
import { GraphBuilder } from "../../graph/builder.js";
import type { Graph } from "../../graph/graph.js";
import { renameValues } from "../../graph/passes/rename.js";
import { moduleOfNode } from "../modules.js";
import { parametersOf } from "../parameters.js";

/** What the values of a network and of a training step are called; no other value may be. */
const reserved = ["input", "features", "image", "logits", "probabilities", "targets", "loss"];

/** `layer1.0.conv1.weight` or `stem_weight`, but not `onnx::Conv_193`, `193` or `/stem/Constant_output_0`. */
const readable = /^[A-Za-z_]\w*(\.\w+)*$/;

/** A copy in which weights without a readable name are called after the node that uses them. */
export function nameWeights(graph: Graph): Graph {
  const { fresh } = freshNames(graph);
  const names = new Map<string, string>();
  for (const { name, role, node } of parametersOf(graph)) {
    if (readable.test(name)) continue;
    const module = moduleOfNode(node.name) || node.name.slice(node.name.lastIndexOf("/") + 1);
    names.set(name, fresh(`${module}.${role}`));
  }
  return renameValues(graph, names);
}

/** A copy in which the input is called `input`, the output `features`, and nothing else as we call ours. */
export function nameEnds(graph: Graph): Graph {
  const { fresh } = freshNames(graph);
  const names = new Map<string, string>();
  for (const name of reserved) names.set(name, fresh(`${name}_1`));
  names.set(graph.inputs[0].name, "input");
  names.set(graph.outputs[0].name, "features");
  return renameValues(graph, names);
}

function freshNames(graph: Graph): { fresh: (stem: string) => string } {
  const builder = new GraphBuilder(graph);
  return { fresh: (stem) => builder.fresh(stem) };
}
