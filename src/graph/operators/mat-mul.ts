// MatMul: stacks of matrices, the stacked dimensions broadcast. With Y = A·B: dA = dY·Bᵀ, dB = Aᵀ·dY.
import { UserError } from "../../base/errors.js";
import { broadcast } from "./dimensions.js";
import { type Operator, ofOneOutput, sumTo } from "./operator.js";

export const matMul: Operator = {
  op: "MatMul",
  shape: (_, { input }) => {
    const { type, shape: a } = input(0);
    const b = input(1).shape;
    const stack = broadcast([a.slice(0, -2), b.slice(0, -2)]);
    // A vector counts as a matrix of one row or column, which the result then lacks.
    const rows = a.length > 1 ? [a[a.length - 2]] : [];
    const columns = b.length > 1 ? [b[b.length - 1]] : [];
    return [{ type, shape: [...stack, ...rows, ...columns] }];
  },
  gradient: ofOneOutput((node, dY, { builder, shape, wants }) => {
    const [a, b] = node.inputs;
    const ranks = [shape(a).shape.length, shape(b).shape.length];
    if (ranks[0] < 2 || ranks[1] < 2) {
      throw new UserError(
        `MatMul node "${node.name}" multiplies a vector; only matrices have a gradient rule here.`,
      );
    }
    const transposed = (value: string, rank: number) => {
      const perm = Array.from({ length: rank }, (_, i) => i);
      [perm[rank - 2], perm[rank - 1]] = [rank - 1, rank - 2];
      return builder.node("Transpose", [value], { name: `${node.name}.transpose`, attributes: { perm } });
    };
    const product = (name: string, left: string, right: string) =>
      builder.node("MatMul", [left, right], { name: `${node.name}.${name}` });
    const stack = shape(node.outputs[0]).shape.slice(0, -2);
    // Only the stacked dimensions broadcast; the matrices' own are those of the input.
    const reduced = (gradient: string, value: string) => {
      const to = shape(value).shape;
      return sumTo(gradient, [...stack, ...to.slice(-2)], to, builder);
    };
    return [
      wants(0) ? reduced(product("dA", dY, transposed(b, ranks[1])), a) : undefined,
      wants(1) ? reduced(product("dB", transposed(a, ranks[0]), dY), b) : undefined,
    ];
  }),
  roles: ["weight", "weight"],
};
