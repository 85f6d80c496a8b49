// Where: the second input where the first is true, else the third; each gets the gradient of what came of it.
import { broadcast } from "./dimensions.js";
import { elementwiseValues, type Operator, ofOneOutput, unbroadcast } from "./operator.js";

export const where: Operator = {
  op: "Where",
  shape: (_, { input }) => [
    { type: input(1).type, shape: broadcast([input(0).shape, input(1).shape, input(2).shape]) },
  ],
  values: elementwiseValues((condition, yes, no) =>
    typeof condition === "number" ? (condition ? yes : no) : undefined,
  ),
  gradient: ofOneOutput((node, dY, context) => {
    const { builder, wants } = context;
    const [condition] = node.inputs;
    const zero = builder.scalar(0);
    const part = (index: number, operands: readonly string[]) => {
      if (!wants(index)) return undefined;
      const gradient = builder.node("Where", [condition, ...operands], { name: `${node.name}.d${index}` });
      return unbroadcast(node, index, gradient, context);
    };
    return [undefined, part(1, [dY, zero]), part(2, [zero, dY])];
  }),
  expression: (_, { values: [condition, yes, no] }) => `(${condition} ? ${yes} : ${no})`,
  keepsZero: ([, yes, no]) => yes && no,
};
