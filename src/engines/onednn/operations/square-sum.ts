// ReduceSumSquare of everything that a value holds, in whatever layout it lies: the order does not matter.
import { intsAttribute, type Node } from "../../../graph/graph.js";
import type { HostArray } from "../host/arrays.js";
import { isPadded } from "../library/layout.js";
import type { Operation, Patterns } from "../plan/operation.js";
import type { Planner } from "../plan/planner.js";

function squareSum(values: HostArray): number {
  let sum = 0;
  for (let i = 0; i < values.length; i++) sum += values[i] * values[i];
  return sum;
}

function planSquareSum(planner: Planner, node: Node): void {
  const [input] = node.inputs;
  const [output] = node.outputs;
  const { layout } = planner.present(input);
  const dense = layout.element === "f32" && !isPadded(layout);
  const source = planner.place(input, dense ? layout : planner.plain(input));
  const target = planner.create(output, planner.plain(output));
  planner.runHost([source, target], ([values, total]) => () => {
    total[0] = squareSum(values);
  });
}

export function squareSumOperation(node: Node, patterns: Patterns): Operation | undefined {
  if (node.op !== "ReduceSumSquare" || node.domain !== "" || intsAttribute(node, "axes")) return undefined;
  patterns.take(node);
  return {
    nodes: [node],
    inputs: [node.inputs[0]],
    outputs: [node.outputs[0]],
    plan: (planner) => planSquareSum(planner, node),
  };
}
