// Pad: more, or with negative pads less, at either end of each axis; the gradient is cut, or padded with zeros, back.
import { UserError } from "../../base/errors.js";
import type { Node } from "../graph.js";
import { type Dimension, stringAttribute } from "../graph.js";
import { fromFront, plus } from "./dimensions.js";
import { knownNumbers, type Operator, ofOneOutput } from "./operator.js";

/** The pads of all axes, those before first. */
function padsOf(
  node: Node,
  rank: number,
  values: (index: number) => readonly Dimension[] | undefined,
): number[] {
  const given = knownNumbers(values(1), node, "pads");
  if (!node.inputs[3]) return [...given];
  const axes = knownNumbers(values(3), node, "axes").map((axis) => fromFront(axis, rank));
  const pads = new Array<number>(2 * rank).fill(0);
  axes.forEach((axis, i) => {
    pads[axis] = given[i];
    pads[axis + rank] = given[i + axes.length];
  });
  return pads;
}

export const pad: Operator = {
  op: "Pad",
  shape: (node, { input, values }) => {
    const { type, shape } = input(0);
    const pads = padsOf(node, shape.length, values);
    return [{ type, shape: shape.map((d, i) => plus(d, pads[i] + pads[i + shape.length])) }];
  },
  gradient: ofOneOutput((node, dY, { builder, shape, values }) => {
    const mode = stringAttribute(node, "mode", "constant");
    if (mode !== "constant") {
      throw new UserError(
        `Pad node "${node.name}" pads by ${mode}; a gradient is known for constant padding. Freeze it and what is before it.`,
      );
    }
    const pads = padsOf(node, shape(node.inputs[0]).shape.length, (index) => values(node.inputs[index]));
    const back = builder.ints(
      pads.map((n) => 0 - n),
      "pads",
    );
    return [builder.node("Pad", [dY, back], { name: `${node.name}.dX` })];
  }),
};
