// Gather: slices along an axis, by their indices.
import { intAttribute } from "../graph.js";
import { fromFront } from "./dimensions.js";
import type { Operator } from "./operator.js";

export const gather: Operator = {
  op: "Gather",
  shape: (node, { input }) => {
    const { type, shape } = input(0);
    const axis = fromFront(intAttribute(node, "axis", 0), shape.length);
    return [{ type, shape: [...shape.slice(0, axis), ...input(1).shape, ...shape.slice(axis + 1)] }];
  },
  values: (_, { input, values }) => {
    const [x, indices] = [values(0), values(1)];
    if (!x || !indices || input(0).shape.length !== 1) return undefined;
    return indices.map((index) => x[fromFront(Number(index), x.length)]);
  },
};
