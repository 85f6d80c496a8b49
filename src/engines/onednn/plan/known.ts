// Known: what of a graph can be computed before it runs.
import type { Graph, Node } from "../../../graph/graph.js";
import { sizeOf } from "../../../graph/tensor.js";
import { expressionOf } from "../../loops/expressions.js";
import { compileLoops, nestOverAxes } from "../../loops/loops.js";
import { elementOf, type HostTensor, newArray, toHost } from "../host/arrays.js";
import { operatorOf } from "../host/operators.js";
import { broadcastTo, makesView, viewOf, wholeOf } from "../host/views.js";
import type { Info } from "./stores.js";

type Known = Map<string, HostTensor>;

/** The graph's constants: its initializers that no run changes. */
export function constantsOf(graph: Graph): Known {
  const known: Known = new Map();
  for (const [name, tensor] of graph.initializers)
    if (!graph.state.has(name)) known.set(name, toHost(tensor));
  return known;
}

/**
 * Adds to `known` what nodes compute from it alone, and from shapes.
 * @returns the nodes that are left
 */
export function evaluate(
  nodes: readonly Node[],
  info: (name: string) => Info | undefined,
  known: Known,
): Node[] {
  return nodes.filter((node) => !evaluateNode(node, info, known));
}

function evaluateNode(node: Node, info: (name: string) => Info | undefined, known: Known): boolean {
  const outputs = node.outputs.map((output) => (output === "" ? undefined : info(output)));
  const empty = (of: Info): HostTensor => ({
    ...of,
    data: newArray(elementOf(of.type), sizeOf(of.shape)),
  });
  const store = (tensors: readonly (HostTensor | undefined)[]) => {
    node.outputs.forEach((output, i) => {
      const tensor = tensors[i];
      if (tensor) known.set(output, tensor);
    });
    return true;
  };
  const { value } = node.attributes;
  if (node.op === "Constant" && typeof value === "object" && "tensor" in value) {
    return store([toHost(value.tensor)]);
  }
  if (node.op === "Shape" && node.domain === "") {
    const source = info(node.inputs[0]);
    const [told] = outputs;
    const operator = operatorOf(node);
    if (!source || !told || !operator) return false;
    const result = empty(told);
    operator({ node, inputs: [{ ...source, data: new Float32Array(0) }], outputs: [result] });
    return store([result]);
  }
  if (!node.inputs.every((input) => input === "" || known.has(input))) return false;
  const inputs = node.inputs.map((input) => known.get(input));
  if (outputs.some((output, i) => output === undefined && node.outputs[i] !== "")) return false;
  const results = outputs.map((output) => output && empty(output));
  const [first] = results;
  const [x] = inputs;
  if (makesView(node) && x && first) {
    const view = viewOf(node, wholeOf(x.shape), first.shape, (index) => {
      const tensor = inputs[index];
      return tensor && Array.from(tensor.data);
    });
    if (!view) return false;
    const nest = nestOverAxes(first.shape, [view, wholeOf(first.shape)]);
    compileLoops(nest, { reads: 1, writes: 1, statements: [], results: ["r0"] })([x.data, first.data]);
    return store(results);
  }
  const expression = expressionOf(node);
  if (expression && first) {
    const operands = inputs.flatMap((input) => (input ? [input] : []));
    const values = node.inputs.map((input) =>
      input === "" ? "" : `r${operands.indexOf(known.get(input) as HostTensor)}`,
    );
    const types = inputs.map((input) => input?.type);
    const walks = operands.map((operand) => broadcastTo(wholeOf(operand.shape), first.shape));
    const nest = nestOverAxes(first.shape, [...walks, wholeOf(first.shape)]);
    const loops = compileLoops(nest, {
      reads: operands.length,
      writes: 1,
      statements: [],
      results: [expression(node, { values, types })],
    });
    loops([...operands.map(({ data }) => data), first.data]);
    return store(results);
  }
  const operator = operatorOf(node);
  if (!operator) return false;
  operator({ node, inputs, outputs: results });
  return store(results);
}
