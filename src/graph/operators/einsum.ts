// Einsum of one or two tensors without repeated or left-out letters, as a matrix product.
import { UserError } from "../../base/errors.js";
import { type Dimension, type Node, stringAttribute } from "../graph.js";
import { times } from "./dimensions.js";
import { type DecompositionContext, type Operator, stepsOf } from "./operator.js";

/** The letters of each input, and of the output. */
function equationOf(node: Node): { inputs: string[]; output: string } {
  const equation = stringAttribute(node, "equation", "").replaceAll(" ", "");
  const [left, right] = equation.split("->");
  const inputs = left.split(",");
  const isPlain = (letters: string) =>
    /^[A-Za-z]*$/.test(letters) && new Set(letters).size === letters.length;
  if (right === undefined || inputs.length > 2 || ![...inputs, right].every(isPlain)) {
    throw new UserError(
      `Einsum node "${node.name}" has the equation ${equation}; one or two tensors, no letter twice in one, and an ` +
        "output that is written out are understood.",
    );
  }
  return { inputs, output: right };
}

type Letters = readonly string[];

/** Transposes and sums `value` with letters `from` to the letters `to`, which are some of them. */
function arranged(
  value: string,
  from: string,
  to: Letters,
  node: Node,
  context: DecompositionContext,
): string {
  const { step } = stepsOf(node, context);
  const { builder } = context;
  const summed = [...from].flatMap((letter, i) => (to.includes(letter) ? [] : [i]));
  const rest = [...from].filter((letter) => to.includes(letter));
  const less =
    summed.length === 0 ? value : step("ReduceSum", [value, builder.ints(summed, "axes")], { keepdims: 0 });
  const perm = to.map((letter) => rest.indexOf(letter));
  return perm.every((axis, i) => axis === i) ? less : step("Transpose", [less], { perm });
}

export const einsum: Operator = {
  op: "Einsum",
  shape: (node, { input }) => {
    const { inputs, output } = equationOf(node);
    const sizes = new Map<string, Dimension>();
    inputs.forEach((letters, i) => {
      [...letters].forEach((letter, axis) => {
        const d = input(i).shape[axis];
        if (!sizes.has(letter) || sizes.get(letter) === 1) sizes.set(letter, d);
      });
    });
    return [{ type: input(0).type, shape: [...output].map((letter) => sizes.get(letter) ?? 1) }];
  },
  decomposition: (node, context) => {
    const { builder, shape } = context;
    const { step, last } = stepsOf(node, context);
    const { inputs, output } = equationOf(node);
    const wanted = [...output];
    const [a, b] = inputs;
    if (b === undefined) {
      last("Identity", [arranged(node.inputs[0], a, wanted, node, context)]);
      return;
    }
    const both = [...a].filter((letter) => b.includes(letter));
    const batch = both.filter((letter) => wanted.includes(letter));
    const contracted = both.filter((letter) => !wanted.includes(letter));
    const onlyA = wanted.filter((letter) => !b.includes(letter));
    const onlyB = wanted.filter((letter) => !a.includes(letter));
    const size = new Map<string, Dimension>();
    inputs.forEach((letters, i) => {
      [...letters].forEach((letter, axis) => {
        size.set(letter, shape(node.inputs[i]).shape[axis]);
      });
    });
    const sizes = (letters: Letters) => letters.map((letter) => size.get(letter) ?? 1);
    /** A size that is only a name is what is left. */
    const target = (dimensions: readonly Dimension[]) =>
      builder.ints(
        dimensions.map((d) => (typeof d === "number" ? d : -1)),
        "shape",
      );
    const matrix = (index: number, rows: Letters, columns: Letters) => {
      const value = arranged(
        node.inputs[index],
        inputs[index],
        [...batch, ...rows, ...columns],
        node,
        context,
      );
      if (rows.length === 1 && columns.length === 1) return value;
      return step("Reshape", [
        value,
        target([...sizes(batch), times(...sizes(rows)), times(...sizes(columns))]),
      ]);
    };
    const product = step("MatMul", [matrix(0, onlyA, contracted), matrix(1, contracted, onlyB)]);
    const made = [...batch, ...onlyA, ...onlyB];
    const isFlat = onlyA.length === 1 && onlyB.length === 1;
    const whole = isFlat ? product : step("Reshape", [product, target(sizes(made))]);
    last("Transpose", [whole], { perm: wanted.map((letter) => made.indexOf(letter)) });
  },
};
