// Activations that oneDNN computes: ReLU and Clip, alone or after another operation, and their gradients.
import { type Node, TRAINING } from "../../../graph/graph.js";
import { argument } from "../library/codes.js";
import { propagation } from "../library/constructors.js";
import type { Dnnl, PostOp } from "../library/dnnl.js";
import type { Primitive } from "../library/primitive.js";
import type { Operation, Patterns } from "../plan/operation.js";
import type { Planner } from "../plan/planner.js";

export interface Activation {
  readonly kind: "relu" | "clip";
  /** Of Clip. */
  readonly low: number;
  readonly high: number;
}

/** The largest float32: oneDNN wants both bounds. */
const LARGEST = 3.4028234663852886e38;

/** The activation that a node is; undefined for other nodes, and for a Clip whose bounds are computed. */
export function activationOf(node: Node, patterns: Patterns): Activation | undefined {
  if (node.domain !== "") return undefined;
  if (node.op === "Relu") return { kind: "relu", low: 0, high: 0 };
  return node.op === "Clip" ? clipOf(node.inputs[1], node.inputs[2], patterns) : undefined;
}

function clipOf(
  low: string | undefined,
  high: string | undefined,
  patterns: Patterns,
): Activation | undefined {
  const bound = (name: string | undefined, otherwise: number) => (name ? patterns.scalar(name) : otherwise);
  const [from, to] = [bound(low, -LARGEST), bound(high, LARGEST)];
  return from === undefined || to === undefined ? undefined : { kind: "clip", low: from, high: to };
}

const numberOf = (dnnl: Dnnl, { kind }: Activation) => dnnl.make.algorithms[kind];

export function activationPostOp(dnnl: Dnnl, activation: Activation): PostOp {
  const { kind, low, high } = activation;
  return {
    kind: "eltwise",
    algorithm: numberOf(dnnl, activation),
    alpha: kind === "clip" ? low : 0,
    beta: kind === "clip" ? high : 0,
  };
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
  const [x] = node.inputs;
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
      ? { kind: "relu", low: 0, high: 0 }
      : node.op === "ClipGradient"
        ? clipOf(low, high, patterns)
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
