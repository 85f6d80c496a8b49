// Sums of images of one shape (with the ReLU after them), and products of an image with what broadcasts to it.
import type { Node } from "../../../graph/graph.js";
import { sizeOf } from "../../../graph/tensor.js";
import { argument } from "../library/codes.js";
import { algorithms } from "../library/constructors.js";
import { isPadded, type Layout } from "../library/layout.js";
import { groupOperation } from "../plan/groups.js";
import type { Operation, Patterns } from "../plan/operation.js";
import type { Planner } from "../plan/planner.js";
import { type Activation, activationOf, activationPostOp, isImage } from "./activation.js";

/** oneDNN 2.6 leaves an operand as it is that has padding in its blocks and is to be the result. */
const overwritable = (layout: Layout, operands: readonly string[]) => (isPadded(layout) ? [] : operands);

function planSum(
  planner: Planner,
  terms: readonly string[],
  result: string,
  activation: Activation | undefined,
): void {
  const { dnnl } = planner;
  // The layout that most terms have; the first of those that the sum may be written over comes first.
  const { layout } = planner.present(terms[0]);
  const first = terms.find((term) => planner.dyingPlace(term, layout)) ?? terms[0];
  const rest = [...terms];
  rest.splice(rest.indexOf(first), 1);
  let sum = planner.place(first, layout);
  rest.forEach((term, i) => {
    const last = i === rest.length - 1;
    const operand = planner.place(term, layout);
    const target = last
      ? planner.createOver(result, layout, i === 0 ? overwritable(layout, [first]) : [])
      : planner.extra(layout);
    const primitive = dnnl.primitive(
      (make, attributes) =>
        make.binary(algorithms.add, layout.descriptor, layout.descriptor, layout.descriptor, attributes),
      last && activation ? [activationPostOp(dnnl, activation)] : [],
    );
    if (!primitive) throw new Error("oneDNN has no implementation of a sum.");
    planner.run(primitive, [
      [argument.source, sum],
      [argument.second, operand],
      [argument.result, target],
    ]);
    sum = target;
  });
}

function sumOperation(node: Node, patterns: Patterns): Operation | undefined {
  const [output] = node.outputs;
  if (node.inputs.length < 2 || !node.inputs.every((input) => patterns.sameShape(input, output)))
    return undefined;
  const next = patterns.onlyUser(output);
  const activation = next && activationOf(next, patterns);
  const nodes = activation ? [node, next] : [node];
  const result = activation ? next.outputs[0] : output;
  patterns.take(...nodes);
  return {
    nodes,
    inputs: [...new Set(node.inputs)],
    outputs: [result],
    plan: (planner) => planSum(planner, node.inputs, result, activation),
  };
}

function productOperation(node: Node, patterns: Patterns): Operation | undefined {
  const [output] = node.outputs;
  const [a, b] = node.inputs;
  const full = [a, b].find((input) => patterns.sameShape(input, output));
  if (full === undefined) return undefined;
  const other = full === a ? b : a;
  // A factor for each channel, or for each element; others are for weights, in JavaScript's loops.
  const [images, channels] = new Array<number>(4 - patterns.shape(other).length)
    .fill(1)
    .concat(patterns.shape(other));
  if (channels === 1 && images > 1) return undefined;
  if (sizeOf(patterns.shape(other)) === 1) return undefined;
  patterns.take(node);
  return {
    nodes: [node],
    inputs: [...new Set([a, b])],
    outputs: [output],
    plan(planner) {
      const { dnnl } = planner;
      const source = planner.present(full);
      const { layout } = source;
      const shape = patterns.shape(other);
      const missing = new Array<number>(4 - shape.length).fill(1);
      const second = patterns.sameShape(full, other)
        ? planner.place(other, layout)
        : // In the order of the image: oneDNN is fast where blocks of channels meet, and a hundred times slower elsewhere.
          planner.place(other, dnnl.alike(layout.element, [...missing, ...shape], layout));
      const primitive = dnnl.primitive((make, attributes) =>
        make.binary(
          algorithms.multiply,
          layout.descriptor,
          second.layout.descriptor,
          layout.descriptor,
          attributes,
        ),
      );
      if (!primitive) {
        groupOperation([node], patterns.shape(output), [output]).plan(planner);
        return;
      }
      const target = planner.createOver(output, layout, overwritable(layout, [full]));
      planner.run(primitive, [
        [argument.source, source],
        [argument.second, second],
        [argument.result, target],
      ]);
    },
  };
}

export function binaryOperation(node: Node, patterns: Patterns): Operation | undefined {
  const [output] = node.outputs;
  if (node.domain !== "" || !isImage(output, patterns)) return undefined;
  if (node.op === "Add" || node.op === "Sum") return sumOperation(node, patterns);
  return node.op === "Mul" ? productOperation(node, patterns) : undefined;
}
