// Trilu: the upper or lower triangle of matrices, zeros elsewhere; the gradient's same triangle.
import { intAttribute, type Node } from "../graph.js";
import { tensor } from "../tensor.js";
import {
  type DecompositionContext,
  knownNumbers,
  knownSize,
  like,
  type Operator,
  ofOneOutput,
  stepsOf,
} from "./operator.js";

/** Truths for each place of a matrix. */
function triangle(node: Node, { builder, shape, values }: DecompositionContext): string {
  const info = shape(node.inputs[0]);
  const [rows, columns] = [knownSize(info, -2), knownSize(info, -1)];
  const [k] = node.inputs[1] ? knownNumbers(values(node.inputs[1]), node, "diagonal") : [0];
  const isUpper = intAttribute(node, "upper", 1) === 1;
  const truths = Uint8Array.from({ length: rows * columns }, (_, at) => {
    const across = (at % columns) - Math.floor(at / columns) - k;
    return Number(isUpper ? across >= 0 : across <= 0);
  });
  return builder.initializer(`${node.name}.triangle`, tensor("bool", [rows, columns], truths));
}

export const trilu: Operator = {
  op: "Trilu",
  shape: like,
  gradient: ofOneOutput((node, dY, { builder }) => [
    builder.node("Trilu", [dY, ...node.inputs.slice(1)], {
      name: `${node.name}.dX`,
      attributes: { ...node.attributes },
    }),
  ]),
  decomposition: (node, context) => {
    const { last, number } = stepsOf(node, context);
    const [x] = node.inputs;
    if (context.shape(x).type === "bool") last("And", [x, triangle(node, context)]);
    else last("Where", [triangle(node, context), x, number(0)]);
  },
};
