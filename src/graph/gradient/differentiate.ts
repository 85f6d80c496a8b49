// Reverse-mode differentiation: a graph, the gradients of some of its values → the gradients of others.
import { UserError } from "../../base/errors.js";
import { GraphBuilder } from "../builder.js";
import type { Graph, Node } from "../graph.js";
import { differentiableOps, isDifferentiable, operatorOf } from "../operators/index.js";
import type { GradientContext } from "../operators/operator.js";
import { decompose } from "../passes/decompose.js";
import { infer } from "../shapes.js";

/** What depends on the wanted values and has a gradient: values, and the nodes that one may pass through. */
function onTheWay(graph: Graph, wanted: Iterable<string>): { live: Set<string>; nodes: Set<Node> } {
  const { infos } = infer(graph);
  const live = new Set(wanted);
  const nodes = new Set<Node>();
  for (const node of graph.nodes) {
    if (!node.inputs.some((input) => live.has(input))) continue;
    // Sizes, places and truths are made of numbers, but have no gradient.
    const outputs = node.outputs.filter((output) => infos.get(output)?.type.startsWith("float"));
    if (outputs.length > 0) nodes.add(node);
    for (const output of outputs) live.add(output);
  }
  return { live, nodes };
}

/** Whether a node's gradient is that of what its operator decomposes to. */
function isDecomposed(node: Node): boolean {
  const operator = operatorOf(node);
  return operator !== undefined && isDifferentiable(operator) && !operator.gradient;
}

/**
 * @param wanted the weights that are to train
 * @throws UserError for operators without a gradient rule between those and the graph's outputs, all in one report
 */
export function checkDifferentiable(graph: Graph, wanted: Iterable<string>): void {
  const unknown = new Map<string, string[]>();
  for (const node of onTheWay(graph, wanted).nodes) {
    const operator = operatorOf(node);
    if (operator && isDifferentiable(operator)) continue;
    unknown.set(node.op, [...(unknown.get(node.op) ?? []), node.name]);
  }
  if (unknown.size === 0) return;
  throw new UserError(
    `${graph.name} has operators without a gradient rule behind weights that are to train. Freeze everything up to ` +
      "and including them (--freeze), or use another network. " +
      `Operators with one: ${[...differentiableOps].sort().join(", ")}.`,
    problemsOf(unknown),
  );
}

/** A problem for each operator. @param nodes by operator, their names */
export function problemsOf(nodes: ReadonlyMap<string, readonly string[]>): string[] {
  return [...nodes].map(([op, [first, ...more]]) => {
    const others = more.length > 0 ? ` and ${more.length} more` : "";
    return `operator ${op}, node "${first}"${others}`;
  });
}

/** The error for an operator without a rule. */
function withoutRule(node: Node): UserError {
  return new UserError(
    `Operator ${node.op} (node "${node.name}") has no gradient rule. ` +
      `Operators with one: ${[...differentiableOps].sort().join(", ")}. ` +
      "Freeze everything up to and including that node, or use another network.",
  );
}

/**
 * Adds nodes that compute gradients.
 *
 * The walk back goes only through values that depend on a wanted one, so what is frozen costs nothing.
 *
 * @param graph changed in place; nodes on the way get the outputs that their gradients need (a MaxPool its indices),
 *   and operators without a gradient of their own are decomposed
 * @param seeds value → the value that holds its gradient; where the walk begins (e.g. logits)
 * @param wanted values, usually initializers, whose gradients are asked for
 * @returns wanted value → the value that holds its gradient, of the same shape; a wanted value on which no seed
 *   depends is left out
 * @throws UserError for an operator without a gradient rule on the way, naming it and those that have one
 */
export function differentiate(
  graph: Graph,
  seeds: ReadonlyMap<string, string>,
  wanted: Iterable<string>,
): Map<string, string> {
  const targets = new Set(wanted);
  const before = onTheWay(graph, targets);
  const decomposed = decompose(graph, (node) => isDecomposed(node) && before.live.has(node.outputs[0]));
  graph.initializers = decomposed.initializers;
  const forward = decomposed.nodes;
  graph.nodes = forward;
  const { live } = onTheWay(graph, targets);

  const { infos, values } = infer(graph);
  graph.nodes = [...forward];
  const builder = new GraphBuilder(graph);
  const parts = new Map<string, string[]>();
  const contribute = (value: string, gradient: string) => {
    const known = parts.get(value);
    if (known) known.push(gradient);
    else parts.set(value, [gradient]);
  };
  const total = (value: string): string | undefined => {
    const known = parts.get(value);
    if (!known || known.length === 0) return undefined;
    if (known.length > 1) parts.set(value, [builder.node("Sum", known, { name: `${value}.gradient` })]);
    return parts.get(value)?.[0];
  };
  for (const [value, gradient] of seeds) contribute(value, gradient);

  for (let i = forward.length - 1; i >= 0; i--) {
    let node = forward[i];
    if (!node.inputs.some((input) => live.has(input))) continue;
    const gradients = node.outputs.map((output) => (live.has(output) ? total(output) : undefined));
    if (gradients.every((g) => g === undefined)) continue;
    const operator = operatorOf(node);
    if (!operator?.gradient) throw withoutRule(node);
    const { gradientOutputs = 0 } = operator;
    if (node.outputs.length < gradientOutputs || node.outputs.slice(0, gradientOutputs).includes("")) {
      const outputs = Array.from(
        { length: Math.max(gradientOutputs, node.outputs.length) },
        (_, k) => node.outputs[k] || builder.fresh(`${node.name}.out${k}`),
      );
      node = { ...node, outputs };
      graph.nodes[i] = node;
    }
    const context: GradientContext = {
      builder,
      shape(value) {
        const info = infos.get(value);
        if (!info) throw new TypeError(`The shape of ${value} is not known.`);
        return info;
      },
      values: (value) => values.get(value),
      wants: (index) => live.has(node.inputs[index]),
    };
    operator.gradient(node, gradients, context).forEach((gradient, k) => {
      if (gradient !== undefined && live.has(node.inputs[k])) contribute(node.inputs[k], gradient);
    });
  }

  const result = new Map<string, string>();
  for (const value of targets) {
    const gradient = total(value);
    if (gradient !== undefined) result.set(value, gradient);
  }
  return result;
}
