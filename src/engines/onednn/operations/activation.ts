// What oneDNN computes of each element: ReLU and Clip with their gradients, sigmoid, and what a number is added to or
// multiplied with; alone or after another operation.
import { type Node, TRAINING } from "../../../graph/graph.js";
import { argument } from "../library/codes.js";
import { propagation } from "../library/constructors.js";
import type { Dnnl, PostOp } from "../library/dnnl.js";
import type { Primitive } from "../library/primitive.js";
import type { Operation, Patterns } from "../plan/operation.js";
import type { Planner } from "../plan/planner.js";

export interface Activation {
  readonly kind: "relu" | "clip" | "logistic" | "linear";
  /** Clip: its bounds; linear: alpha · x + beta. */
  readonly alpha: number;
  readonly beta: number;
  /** What it is computed of. */
  readonly of: string;
}

/** The largest float32: oneDNN wants both bounds. */
const LARGEST = 3.4028234663852886e38;

/** The activation that a node is; undefined for other nodes, and where bounds or numbers are computed. */
export function activationOf(node: Node, patterns: Patterns): Activation | undefined {
  if (node.domain !== "") return undefined;
  const [of, low, high] = node.inputs;
  switch (node.op) {
    case "Relu":
      return { kind: "relu", alpha: 0, beta: 0, of };
    case "Sigmoid":
      return { kind: "logistic", alpha: 0, beta: 0, of };
    case "Clip":
      return clipOf(of, low, high, patterns);
    default:
      return linearOf(node, patterns);
  }
}

/** A sum, difference, product or quotient of which one operand is a number that is known. */
function linearOf({ op, inputs, outputs }: Node, patterns: Patterns): Activation | undefined {
  const [a, b] = inputs;
  if (op === "Neg") return { kind: "linear", alpha: -1, beta: 0, of: a };
  if (inputs.length !== 2 || !isImage(outputs[0], patterns)) return undefined;
  const [left, right] = [patterns.scalar(a), patterns.scalar(b)];
  const number = right ?? left;
  if (number === undefined || (left !== undefined && right !== undefined)) return undefined;
  const of = right === undefined ? b : a;
  if (!patterns.sameShape(of, outputs[0])) return undefined;
  if (op === "Add") return { kind: "linear", alpha: 1, beta: number, of };
  if (op === "Mul") return { kind: "linear", alpha: number, beta: 0, of };
  if (op === "Sub")
    return { kind: "linear", alpha: of === a ? 1 : -1, beta: of === a ? -number : number, of };
  return op === "Div" && of === a ? { kind: "linear", alpha: 1 / number, beta: 0, of } : undefined;
}

function clipOf(
  of: string,
  low: string | undefined,
  high: string | undefined,
  patterns: Patterns,
): Activation | undefined {
  const bound = (name: string | undefined, otherwise: number) => (name ? patterns.scalar(name) : otherwise);
  const [from, to] = [bound(low, -LARGEST), bound(high, LARGEST)];
  return from === undefined || to === undefined ? undefined : { kind: "clip", alpha: from, beta: to, of };
}

const numberOf = (dnnl: Dnnl, { kind }: Activation) => dnnl.make.algorithms[kind];

export function activationPostOp(dnnl: Dnnl, activation: Activation): PostOp {
  const { alpha, beta } = activation;
  return { kind: "eltwise", algorithm: numberOf(dnnl, activation), alpha, beta };
}

/**
 * Images are what oneDNN is for. The rest is small, or weights: JavaScript's loops do all that happens to a weight
 * in one pass.
 */
export const isImage = (name: string, patterns: Patterns) =>
  patterns.shape(name).length === 4 && patterns.type(name) === "float32" && patterns.batched.has(name);

export function activationOperation(node: Node, patterns: Patterns): Operation | undefined {
  const [output] = node.outputs;
  if (!isImage(output, patterns)) return undefined;
  if (node.domain === TRAINING) return gradientOperation(node, patterns);
  const activation = activationOf(node, patterns);
  if (!activation) return undefined;
  const { of: x } = activation;
  patterns.take(node);
  return {
    nodes: [node],
    inputs: [x],
    outputs: [output],
    plan(planner) {
      const source = planner.present(x);
      const { layout } = source;
      const primitive = forward(planner, activation, layout.descriptor);
      planner.run(primitive, [
        [argument.source, source],
        [argument.result, planner.createOver(output, layout, [x])],
      ]);
    },
  };
}

function forward(planner: Planner, activation: Activation, data: Uint8Array | bigint): Primitive {
  const { alpha, beta, algorithm } = activationPostOp(planner.dnnl, activation) as PostOp & {
    kind: "eltwise";
  };
  const primitive = planner.dnnl.primitive((make, attributes) =>
    make.eltwiseForward(propagation.training, algorithm, data, alpha, beta, attributes),
  );
  if (!primitive) throw new Error(`oneDNN has no implementation of ${activation.kind}.`);
  return primitive;
}

/** ReluGradient takes the result; so does ClipGradient after the pass that makes it so. */
function gradientOperation(node: Node, patterns: Patterns): Operation | undefined {
  const [dY, y, low, high] = node.inputs;
  const activation: Activation | undefined =
    node.op === "ReluGradient"
      ? { kind: "relu", alpha: 0, beta: 0, of: y }
      : node.op === "ClipGradient"
        ? clipOf(y, low, high, patterns)
        : undefined;
  if (!activation) return undefined;
  patterns.take(node);
  const [output] = node.outputs;
  return {
    nodes: [node],
    inputs: [...new Set([dY, y])],
    outputs: [output],
    plan(planner) {
      const { dnnl } = planner;
      const result = planner.present(y);
      const { layout } = result;
      const gradient = planner.place(dY, layout);
      const { alpha, beta } = activationPostOp(dnnl, activation) as PostOp & { kind: "eltwise" };
      const hint = forward(planner, activation, layout.descriptor);
      const primitive = dnnl.primitive((make, attributes) =>
        make.eltwiseBackward(
          activation.kind === "relu" ? make.algorithms.reluFromResult : make.algorithms.clipFromResult,
          layout.descriptor,
          layout.descriptor,
          alpha,
          beta,
          hint.descriptor,
          attributes,
        ),
      );
      if (!primitive) throw new Error(`oneDNN has no gradient of ${activation.kind}.`);
      hint.destroy();
      planner.run(primitive, [
        [argument.result, result],
        [argument.gradientOfResult, gradient],
        [argument.gradientOfSource, planner.createOver(output, layout, [dY])],
      ]);
    },
  };
}
