// Gather: slices along an axis, by their indices; each slice's gradient is added where the slice was.
import { intAttribute, TRAINING } from "../graph.js";
import { sizeOf } from "../tensor.js";
import { fromFront, rowMajor } from "./dimensions.js";
import { knownSize, like, type Operator, ofOneOutput, stepsOf, zerosLike } from "./operator.js";

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
  gradient: ofOneOutput((node, dY, { builder, shape, values }) => {
    const [x, indices] = node.inputs;
    const info = shape(x);
    const rank = info.shape.length;
    const axis = fromFront(intAttribute(node, "axis", 0), rank);
    const known = values(indices);
    const single = known?.length === 1 && typeof info.shape[axis] === "number" ? Number(known[0]) : undefined;
    if (single === undefined) {
      const attributes = { axis };
      return builder.training("GatherGradient", [dY, indices, x], {
        name: `${node.name}.GatherGradient`,
        attributes,
      });
    }
    // One slice, as of a class token, among zeros.
    const size = knownSize(info, axis);
    const at = fromFront(single, size);
    const pads = new Array<number>(2 * rank).fill(0);
    pads[axis] = at;
    pads[axis + rank] = size - at - 1;
    const isScalar = shape(indices).shape.length === 0;
    const wide = isScalar
      ? builder.node("Unsqueeze", [dY, builder.ints([axis], "axes")], { name: `${node.name}.wide` })
      : dY;
    return [builder.node("Pad", [wide, builder.ints(pads, "pads")], { name: `${node.name}.dX` })];
  }),
  roles: ["weight"],
};

/** (dY, indices, X) → dX; of X only the shape counts. */
export const gatherGradient: Operator = {
  op: "GatherGradient",
  domain: TRAINING,
  shape: (_, { input }) => [input(2)],
  decomposition: (node, context) => {
    const { builder, shape } = context;
    const { step, last } = stepsOf(node, context);
    const [dY, indices, x] = node.inputs;
    const from = shape(x).shape;
    const axis = intAttribute(node, "axis", 0);
    const total = sizeOf(shape(indices).shape.map(Number));
    const count = Number.isNaN(total) ? -1 : total;
    // One list of indices: [before…, count, behind…].
    const rows = from.map((d, i) => (i === axis ? count : typeof d === "number" ? d : -1));
    const listed = step("Reshape", [dY, builder.ints(rows, "shape")]);
    const column = builder.ints([count, ...from.slice(axis + 1).map(() => 1)], "shape");
    const everywhere = step("Expand", [step("Reshape", [indices, column]), step("Shape", [listed])]);
    last("ScatterElements", [zerosLike(x, builder), everywhere, listed], { axis, reduction: "add" });
  },
};

export const gatherElements: Operator = {
  op: "GatherElements",
  shape: (_, { input }) => [{ type: input(0).type, shape: input(1).shape }],
  gradient: ofOneOutput((node, dY, { builder }) => {
    const [x, indices] = node.inputs;
    const attributes = { axis: intAttribute(node, "axis", 0), reduction: "add" };
    return [
      builder.node("ScatterElements", [zerosLike(x, builder), indices, dY], {
        name: `${node.name}.dX`,
        attributes,
      }),
    ];
  }),
};

export const scatterElements: Operator = { op: "ScatterElements", shape: like };

/** ScatterElements in one long row, into which the indices count. */
export const scatterNd: Operator = {
  op: "ScatterND",
  shape: like,
  gradient: null,
  decomposition: (node, context) => {
    const { builder, shape } = context;
    const { step, last } = stepsOf(node, context);
    const [x, indices, updates] = node.inputs;
    const info = shape(x);
    const sizes = info.shape.map((_, axis) => knownSize(info, axis));
    const depth = knownSize(shape(indices), -1);
    const width = sizeOf(sizes.slice(depth));
    const flat = builder.ints([-1], "shape");
    const strides = builder.ints(rowMajor(sizes).slice(0, depth), "strides");
    const starts = step("ReduceSum", [step("Mul", [indices, strides]), builder.ints([-1], "axes")], {
      keepdims: 1,
    });
    const steps = builder.ints(
      Array.from({ length: width }, (_, i) => i),
      "steps",
    );
    const places = step("Reshape", [step("Add", [starts, steps]), flat]);
    const row = step("ScatterElements", [
      step("Reshape", [x, flat]),
      places,
      step("Reshape", [updates, flat]),
    ]);
    last("Reshape", [row, builder.ints(sizes, "shape")]);
  },
};
