// Expand and Tile: elements repeated; their gradients are summed.
import type { Dimension } from "../graph.js";
import { broadcast, times } from "./dimensions.js";
import { known, knownNumbers, type Operator, ofOneOutput, stepsOf, unbroadcast } from "./operator.js";

export const expand: Operator = {
  op: "Expand",
  shape: (node, { input, values }) => [
    { type: input(0).type, shape: broadcast([input(0).shape, known(values(1), node, "shape")]) },
  ],
  values: (_, { values, input }, { shape: [length, ...more] }) => {
    const x = values(0);
    if (x?.length !== 1 || input(0).shape.length > 1 || more.length > 0 || typeof length !== "number")
      return undefined;
    return new Array<Dimension>(length).fill(x[0]);
  },
  gradient: ofOneOutput((node, dY, context) => [unbroadcast(node, 0, dY, context)]),
  roles: ["weight"],
};

export const tile: Operator = {
  op: "Tile",
  roles: ["weight"],
  shape: (node, { input, values }) => {
    const repeats = known(values(1), node, "repeats");
    return [{ type: input(0).type, shape: input(0).shape.map((d, i) => times(d, repeats[i])) }];
  },
  decomposition: (node, context) => {
    const { builder, shape, values } = context;
    const { step, last } = stepsOf(node, context);
    const repeats = knownNumbers(values(node.inputs[1]), node, "repeats");
    const sizes = shape(node.inputs[0]).shape;
    const axes = builder.ints(
      sizes.map((_, i) => 2 * i),
      "axes",
    );
    const target = builder.ints(
      sizes.flatMap((d, i) => [repeats[i], typeof d === "number" ? d : 1]),
      "shape",
    );
    const apart = step("Expand", [step("Unsqueeze", [node.inputs[0], axes]), target]);
    const joined = sizes.map((d, i) => (typeof d === "number" ? d * repeats[i] : -1));
    last("Reshape", [apart, builder.ints(joined, "shape")]);
  },
  gradient: ofOneOutput((node, dY, { builder, shape, values }) => {
    const repeats = knownNumbers(values(node.inputs[1]), node, "repeats");
    // Each axis becomes two, of which the first is summed; the batch, of which there is one, is what is left.
    const apart = shape(node.inputs[0]).shape.flatMap((d, i) => [repeats[i], typeof d === "number" ? d : -1]);
    const table = builder.node("Reshape", [dY, builder.ints(apart, "shape")], { name: `${node.name}.apart` });
    const axes = builder.ints(
      repeats.map((_, i) => 2 * i),
      "axes",
    );
    return [
      builder.node("ReduceSum", [table, axes], { name: `${node.name}.dX`, attributes: { keepdims: 0 } }),
    ];
  }),
};
