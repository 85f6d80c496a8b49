// Where: the second input where the first is true, else the third.
import { broadcast } from "./dimensions.js";
import { elementwiseValues, type Operator } from "./operator.js";

export const where: Operator = {
  op: "Where",
  shape: (_, { input }) => [
    { type: input(1).type, shape: broadcast([input(0).shape, input(1).shape, input(2).shape]) },
  ],
  values: elementwiseValues((condition, yes, no) =>
    typeof condition === "number" ? (condition ? yes : no) : undefined,
  ),
  expression: (_, { values: [condition, yes, no] }) => `(${condition} ? ${yes} : ${no})`,
  keepsZero: ([, yes, no]) => yes && no,
};
