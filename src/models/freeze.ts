// Freezing: which weights train.
import { UserError } from "../base/errors.js";
import { nearestFirst } from "../base/nearest.js";
import { checkDifferentiable } from "../graph/gradient/differentiate.js";
import type { Graph, Node } from "../graph/graph.js";
import { isWithin, moduleOfNode, moduleOfWeight, pathsTo } from "./modules.js";
import type { Network } from "./network.js";
import { parametersOf } from "./parameters.js";

/** How many modules a message lists. */
const LISTED = 12;

/**
 * The names of the graph's weights: float32 initializers at inputs where an operator has weights or biases, without running
 * statistics and without single numbers that are added or multiplied; in the order of the nodes.
 */
export function weightsOf(graph: Graph): string[] {
  return parametersOf(graph)
    .filter(({ role }) => role === "weight" || role === "bias")
    .map(({ name }) => name);
}

/** The given nodes and all from whose outputs theirs are computed. */
function withAncestors(graph: Graph, nodes: readonly Node[]): Set<Node> {
  const producers = graph.producers();
  const reached = new Set<Node>();
  const waiting = [...nodes];
  for (let node = waiting.pop(); node; node = waiting.pop()) {
    if (reached.has(node)) continue;
    reached.add(node);
    for (const input of node.inputs) {
      const producer = producers.get(input);
      if (producer) waiting.push(producer);
    }
  }
  return reached;
}

function unknownModule(module: string, { graph, backbone, classifier }: Network): UserError {
  const weights = weightsOf(graph).filter((name) => !isWithin(name, classifier));
  const modules = new Set(weights.flatMap((name) => pathsTo(moduleOfWeight(name))));
  const listed = nearestFirst(module, modules).slice(0, LISTED);
  const more = modules.size - listed.length;
  return new UserError(
    `${backbone} has no module "${module}" to freeze up to. Its modules, the nearest first: ` +
      `${listed.join(", ")}${more > 0 ? ` and ${more} more` : ""}. Also possible: backbone, none.`,
  );
}

/**
 * The weights that train when `freeze` is frozen.
 * - `none`: all train;
 * - `backbone`: the classifier alone trains;
 * - a module's name such as `layer3`: everything up to and including that module is frozen, that is, each
 *   weight that is used in the module or in the computation of what it takes.
 * @throws UserError for a module that the network doesn't have, where nothing is left to train, or where operators
 *   without a gradient rule stand between the weights that train and the logits
 */
export function trainableWeights(net: Network, freeze: "none" | "backbone" | (string & {})): Set<string> {
  const weights = notFrozen(net, freeze);
  checkDifferentiable(net.graph, weights);
  return weights;
}

/** Whether all weights of a graph are frozen with that module. */
export function freezesAll(graph: Graph, module: string): boolean {
  const frozen = frozenWith(graph, module);
  return frozen !== undefined && weightsOf(graph).every((name) => frozen.has(name));
}

/** What is used in a module or in the computation of what it takes; undefined if there is no such module. */
function frozenWith(graph: Graph, module: string): Set<string> | undefined {
  const inModule = graph.nodes.filter(
    (node) =>
      isWithin(moduleOfNode(node.name), module) ||
      node.inputs.some((name) => graph.initializers.has(name) && isWithin(name, module)),
  );
  if (module === "" || inModule.length === 0) return undefined;
  return new Set([...withAncestors(graph, inModule)].flatMap((node) => node.inputs));
}

function notFrozen(net: Network, freeze: string): Set<string> {
  const { graph, classifier } = net;
  const weights = weightsOf(graph);
  if (freeze === "none") return new Set(weights);
  if (freeze === "backbone") return new Set(weights.filter((name) => isWithin(name, classifier)));
  const frozen = frozenWith(graph, freeze);
  if (frozen === undefined) throw unknownModule(freeze, net);
  const left = weights.filter((name) => !frozen.has(name));
  if (left.length === 0) {
    throw new UserError(
      `With everything up to and including "${freeze}" frozen nothing is left to train. ` +
        `To train the classifier alone, freeze "backbone".`,
    );
  }
  return new Set(left);
}
