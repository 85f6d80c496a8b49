// Pools of images and their gradients, as far as oneDNN computes what ONNX means.
import { outputSize, type Window, windowOf } from "../../../graph/convolution.js";
import { intAttribute, type Node, TRAINING } from "../../../graph/graph.js";
import { argument, part } from "../library/codes.js";
import { algorithms, type Geometry, propagation } from "../library/constructors.js";
import type { Primitive } from "../library/primitive.js";
import type { Operation, Patterns } from "../plan/operation.js";
import type { Planner } from "../plan/planner.js";
import type { Place } from "../plan/stores.js";
import { geometryOf } from "./convolution.js";

interface Pool {
  readonly algorithm: number;
  readonly kernel: readonly number[];
  readonly geometry: Geometry;
}

/** With ceil_mode the last window may reach further than the pads that are told; oneDNN wants to know how far. */
function geometryWithin(window: Window, source: readonly number[]): Geometry {
  const geometry = geometryOf(window);
  if (!window.ceil) return geometry;
  const after = ([0, 1] as const).map((axis) => {
    const count = outputSize(window, source[axis + 2], axis);
    const reach = (count - 1) * window.strides[axis] + window.dilations[axis] * (window.kernel[axis] - 1) + 1;
    return Math.max(0, reach - source[axis + 2] - window.pads[axis]);
  });
  return { ...geometry, after };
}

function poolOf(node: Node, source: readonly number[]): Pool | undefined {
  if (node.op === "GlobalAveragePool") {
    const geometry = { strides: [1, 1], dilates: [0, 0], before: [0, 0], after: [0, 0] };
    return { algorithm: algorithms.averagePool, kernel: source.slice(2), geometry };
  }
  const window = windowOf(node);
  const geometry = geometryWithin(window, source);
  const { kernel } = window;
  if (/^Max/.test(node.op)) return { algorithm: algorithms.maxPool, kernel, geometry };
  if (intAttribute(node, "count_include_pad", 0) === 0) {
    return { algorithm: algorithms.averagePool, kernel, geometry };
  }
  // oneDNN would count what a last window reaches beyond the pads, too.
  const beyond = geometry.after.some((after, axis) => after > window.pads[axis + 2]);
  return beyond ? undefined : { algorithm: algorithms.averagePoolWithPads, kernel, geometry };
}

/** What the gradient needs of the forward pass. */
interface Forward {
  readonly primitive: Primitive;
  readonly workspace?: Place;
}

function forward(
  planner: Planner,
  kind: number,
  pool: Pool,
  source: Uint8Array | bigint,
  result: readonly number[],
): Primitive {
  const { algorithm, kernel, geometry } = pool;
  const primitive = planner.dnnl.primitive((make, attributes) =>
    make.poolForward(
      kind,
      algorithm,
      source,
      make.open(planner.precision, result),
      kernel,
      geometry,
      attributes,
    ),
  );
  if (!primitive) throw new Error("oneDNN has no implementation of a pool.");
  return primitive;
}

function planForward(planner: Planner, node: Node, pool: Pool, training: boolean): Forward {
  const source = planner.activation(node.inputs[0]);
  const [output] = node.outputs;
  const kind = training ? propagation.training : propagation.inference;
  const primitive = forward(planner, kind, pool, source.layout.descriptor, planner.shape(output));
  const layout = training ? primitive.layout(part.workspace) : undefined;
  const workspace = layout && planner.extra(layout);
  const target = primitive.layout(part.result);
  if (!target) throw new Error("oneDNN chose a layout for a pool that only it understands.");
  planner.run(primitive, [
    [argument.source, source],
    [argument.result, planner.create(output, target)],
    ...(workspace ? [[argument.workspace, workspace] as const] : []),
  ]);
  return { primitive, workspace };
}

function planGradient(planner: Planner, node: Node, pool: Pool, made: Forward, dY: string): void {
  const { primitive: hint, workspace } = made;
  const source = hint.layout(part.source);
  const result = hint.layout(part.result);
  if (!source || !result) throw new Error("oneDNN chose a layout for a pool that only it understands.");
  const { algorithm, kernel, geometry } = pool;
  const primitive = planner.dnnl.primitive((make, attributes) =>
    make.poolBackward(
      algorithm,
      source.descriptor,
      result.descriptor,
      kernel,
      geometry,
      hint.descriptor,
      attributes,
    ),
  );
  if (!primitive) throw new Error("oneDNN has no implementation of a pool's gradient.");
  planner.run(primitive, [
    [argument.gradientOfResult, planner.place(dY, result)],
    ...(workspace ? [[argument.workspace, workspace] as const] : []),
    [argument.gradientOfSource, planner.create(node.outputs[0], source)],
  ]);
}

/** A MaxPool whose indices are for nothing but its own gradient, with that gradient. */
function maxPoolOperations(node: Node, pool: Pool, patterns: Patterns): Operation[] {
  const [output, indices] = node.outputs;
  const users = indices ? patterns.usersOf(indices) : [];
  const gradients = users.filter(
    (user) =>
      user.op === "MaxPoolGradient" && user.inputs[1] === indices && user.inputs[2] === node.inputs[0],
  );
  if (gradients.length !== users.length || (indices && patterns.isKept(indices))) return [];
  patterns.take(node, ...gradients);
  let made: Forward | undefined;
  return [
    {
      nodes: [node],
      inputs: [node.inputs[0]],
      // The indices stand for the workspace, so that the gradient comes after.
      outputs: indices && gradients.length > 0 ? [output, indices] : [output],
      plan(planner) {
        made = planForward(planner, node, pool, gradients.length > 0);
      },
    },
    ...gradients.map((gradient) => ({
      nodes: [gradient],
      inputs: [gradient.inputs[0], indices],
      outputs: [gradient.outputs[0]],
      plan(planner: Planner) {
        if (made) planGradient(planner, gradient, pool, made, gradient.inputs[0]);
      },
    })),
  ];
}

function averageGradient(node: Node, pool: Pool, patterns: Patterns): Operation {
  const [dY, x] = node.inputs;
  patterns.take(node);
  return {
    nodes: [node],
    inputs: [dY, x],
    outputs: [node.outputs[0]],
    plan(planner) {
      const { layout } = planner.activation(x);
      const hint = forward(planner, propagation.training, pool, layout.descriptor, planner.shape(dY));
      planGradient(planner, node, pool, { primitive: hint }, dY);
      hint.destroy();
    },
  };
}

const forwards = new Set(["MaxPool", "AveragePool", "GlobalAveragePool"]);

export function poolingOperations(node: Node, patterns: Patterns): Operation[] {
  const isGradient = node.domain === TRAINING && node.op === "AveragePoolGradient";
  const isForward = node.domain === "" && forwards.has(node.op);
  if (!isGradient && !isForward) return [];
  const source = patterns.shape(node.inputs[isGradient ? 1 : 0]);
  const pool = source.length === 4 ? poolOf(node, source) : undefined;
  if (!pool) return [];
  if (isGradient) return [averageGradient(node, pool, patterns)];
  if (node.op === "MaxPool") return maxPoolOperations(node, pool, patterns);
  patterns.take(node);
  return [
    {
      nodes: [node],
      inputs: [node.inputs[0]],
      outputs: [node.outputs[0]],
      plan: (planner) => {
        planForward(planner, node, pool, false);
      },
    },
  ];
}
