// Composites: what exporters write as many nodes, found again and written as one.
//
// LayerNormalization, Gelu (by erf and by tanh), Swish and HardSwish. An engine without code for one gets it decomposed
// again (decompose.ts).
import { type Attribute, type Graph, intAttribute, intsAttribute, type Node } from "../graph.js";
import { infer } from "../shapes.js";
import { prune } from "./prune.js";

/** How far from its value a constant may be: exporters round to float32. */
const NEAR = 1e-4;

/** Questions about a graph. */
class Finder {
  private readonly makers: Map<string, Node>;
  private readonly users: Map<string, Node[]>;
  private readonly outputs: Set<string>;
  readonly inference: ReturnType<typeof infer>;

  constructor(graph: Graph) {
    this.makers = graph.producers();
    this.users = graph.consumers();
    this.outputs = new Set([...graph.outputs.map(({ name }) => name), ...graph.state.values()]);
    this.inference = infer(graph);
  }

  /** The node that makes a value, if it is of that operator. */
  maker(value: string, op: string): Node | undefined {
    const node = this.makers.get(value);
    return node?.op === op && node.domain === "" ? node : undefined;
  }

  /** The only user of a node's output, if it is of that operator. */
  user(node: Node | undefined, op: string): Node | undefined {
    const users = node ? this.users.get(node.outputs[0]) : undefined;
    if (!node || users?.length !== 1 || this.outputs.has(node.outputs[0])) return undefined;
    return users[0].op === op && users[0].domain === "" ? users[0] : undefined;
  }

  /** The node that squares a value. */
  square(value: string): Node | undefined {
    return this.users.get(value)?.find(({ op, inputs: [a, b] }) => {
      return (
        (op === "Pow" && a === value && this.isNumber(b, 2)) || (op === "Mul" && a === value && b === value)
      );
    });
  }

  isNumber(value: string, wanted: number): boolean {
    const known = this.inference.values.get(value);
    return known?.length === 1 && Math.abs(Number(known[0]) - wanted) < NEAR * wanted;
  }

  /** The other factor of x · c or c · x. */
  times(value: string, wanted: number): string | undefined {
    const node = this.maker(value, "Mul");
    return node?.inputs.find((input, i) => input && this.isNumber(node.inputs[1 - i], wanted));
  }
}

const other = (node: Node, input: string): string => node.inputs[node.inputs[0] === input ? 1 : 0];

interface Found {
  readonly op: string;
  /** The node whose output is the composite's. */
  readonly last: Node;
  readonly inputs: readonly string[];
  readonly attributes: Readonly<Record<string, Attribute>>;
}

/** x · (1 + f) / 2 in whatever order; `f` is what depends on x. */
function halfOfOnePlus(f: Node, x: string, find: Finder): Node | undefined {
  const plus = find.user(f, "Add");
  if (!plus || !find.isNumber(other(plus, f.outputs[0]), 1)) return undefined;
  const first = find.user(plus, "Mul");
  if (!first) return undefined;
  const factor = other(first, plus.outputs[0]);
  if (find.times(factor, 0.5) === x) return first;
  const second = find.user(first, "Mul");
  if (!second) return undefined;
  const last = other(second, first.outputs[0]);
  const isWhole = (factor === x && find.isNumber(last, 0.5)) || (last === x && find.isNumber(factor, 0.5));
  return isWhole ? second : undefined;
}

function geluByErf(erf: Node, find: Finder): Found | undefined {
  const [argument] = erf.inputs;
  const quotient = find.maker(argument, "Div");
  const divided = quotient && find.isNumber(quotient.inputs[1], Math.SQRT2) ? quotient.inputs[0] : undefined;
  const x = divided ?? find.times(argument, Math.SQRT1_2);
  const last = x === undefined ? undefined : halfOfOnePlus(erf, x, find);
  return last && x !== undefined ? { op: "Gelu", last, inputs: [x], attributes: {} } : undefined;
}

/** tanh(√(2/π) · (x + 0.044715 · x³)). */
function geluByTanh(tanh: Node, find: Finder): Found | undefined {
  const inner = find.times(tanh.inputs[0], Math.sqrt(2 / Math.PI));
  const sum = inner === undefined ? undefined : find.maker(inner, "Add");
  for (const x of sum?.inputs ?? []) {
    const cube = sum && find.times(other(sum, x), 0.044715);
    const power = cube === undefined ? undefined : find.maker(cube, "Pow");
    if (power?.inputs[0] !== x || !find.isNumber(power.inputs[1], 3)) continue;
    const last = halfOfOnePlus(tanh, x, find);
    if (last) return { op: "Gelu", last, inputs: [x], attributes: { approximate: "tanh" } };
  }
  return undefined;
}

/** x · f, where `f` is made of x. */
function timesItself(f: Node, x: string, op: string, find: Finder): Found | undefined {
  const last = find.user(f, "Mul");
  return last && other(last, f.outputs[0]) === x ? { op, last, inputs: [x], attributes: {} } : undefined;
}

/** x · σ(alpha · x); CLIP's "quick GELU" has alpha = 1.702. */
function swish(sigmoid: Node, find: Finder): Found | undefined {
  const [argument] = sigmoid.inputs;
  const product = find.maker(argument, "Mul");
  const at = product?.inputs.findIndex((input) => find.inference.values.get(input)?.length === 1) ?? -1;
  if (!product || at < 0) return timesItself(sigmoid, argument, "Swish", find);
  const alpha = Number(find.inference.values.get(product.inputs[at])?.[0]);
  const found = timesItself(sigmoid, product.inputs[1 - at], "Swish", find);
  return found && { ...found, attributes: { alpha: { float: alpha } } };
}

function hardSwish(node: Node, find: Finder): Found | undefined {
  const { alpha, beta } = node.attributes;
  const is = (value: Attribute | undefined, wanted: number) =>
    typeof value === "object" && "float" in value && Math.abs(value.float - wanted) < NEAR;
  return is(alpha, 1 / 6) && (beta === undefined || is(beta, 0.5))
    ? timesItself(node, node.inputs[0], "HardSwish", find)
    : undefined;
}

/** From its mean: ReduceMean, Sub, Pow or Mul, ReduceMean, Add, Sqrt, Div, Mul, Add. */
function layerNormalization(mean: Node, find: Finder): Found | undefined {
  const [x] = mean.inputs;
  const { infos, values } = find.inference;
  const rank = infos.get(x)?.shape.length ?? 0;
  const axes = intsAttribute(mean, "axes")?.map((axis) => (axis < 0 ? axis + rank : axis));
  const isLast = axes?.toSorted((a, b) => a - b).every((axis, i) => axis === rank - axes.length + i);
  const centred = find.user(mean, "Sub");
  if (!axes || !isLast || intAttribute(mean, "keepdims", 1) !== 1 || centred?.inputs[0] !== x)
    return undefined;
  const [d] = centred.outputs;
  const square = find.square(d);
  const variance = find.user(square, "ReduceMean");
  const sameAxes =
    variance && intsAttribute(variance, "axes")?.join() === intsAttribute(mean, "axes")?.join();
  const sum = sameAxes ? find.user(variance, "Add") : undefined;
  const epsilon = sum && values.get(other(sum, variance?.outputs[0] ?? ""));
  const quotient = find.user(find.user(sum, "Sqrt"), "Div");
  const scaled = quotient?.inputs[0] === d ? find.user(quotient, "Mul") : undefined;
  const last = find.user(scaled, "Add");
  if (!quotient || !scaled || !last || epsilon?.length !== 1) return undefined;
  const scale = other(scaled, quotient.outputs[0]);
  const bias = other(last, scaled.outputs[0]);
  const shape = infos
    .get(x)
    ?.shape.slice(rank - axes.length)
    .join();
  if (infos.get(scale)?.shape.join() !== shape || infos.get(bias)?.shape.join() !== shape) return undefined;
  const attributes = { axis: rank - axes.length, epsilon: { float: Number(epsilon[0]) } };
  return { op: "LayerNormalization", last, inputs: [x, scale, bias], attributes };
}

const searches: Readonly<Record<string, (node: Node, find: Finder) => Found | undefined>> = {
  Erf: geluByErf,
  Tanh: geluByTanh,
  Sigmoid: swish,
  HardSigmoid: hardSwish,
  ReduceMean: layerNormalization,
};

/** A copy in which those composites are single nodes, under the name of their last one. */
export function recognizeComposites(graph: Graph): Graph {
  if (!graph.nodes.some(({ op, domain }) => domain === "" && op in searches)) return graph;
  const find = new Finder(graph);
  const found = new Map<Node, Node>();
  for (const node of graph.nodes) {
    const one = node.domain === "" ? searches[node.op]?.(node, find) : undefined;
    if (!one) continue;
    const { op, last, inputs, attributes } = one;
    found.set(last, { op, domain: "", name: last.name, inputs, outputs: last.outputs, attributes });
  }
  const whole = graph.clone();
  whole.nodes = graph.nodes.map((node) => found.get(node) ?? node);
  return prune(whole);
}
