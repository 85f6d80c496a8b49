// Expand: broadcasts to a shape.
import { broadcast } from "./dimensions.js";
import { known, type Operator } from "./operator.js";

export const expand: Operator = {
  op: "Expand",
  shape: (node, { input, values }) => [
    { type: input(0).type, shape: broadcast([input(0).shape, known(values(1), node, "shape")]) },
  ],
};
