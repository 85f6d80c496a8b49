// Resize of images: along each axis a matrix of shares, so that Y = A X Bᵀ.
import { UserError } from "../../base/errors.js";
import { type Dimension, floatAttribute, intAttribute, type Node, stringAttribute } from "../graph.js";
import { float32 } from "../tensor.js";
import { times } from "./dimensions.js";
import { knownSize, type Operator, type ShapeContext, stepsOf } from "./operator.js";

/** How many times larger each axis becomes, where that is given; else undefined. */
function scalesOf(node: Node, values: ShapeContext["values"]): readonly number[] | undefined {
  const scales = node.inputs[2] ? values(2) : undefined;
  return scales && scales.length > 0 ? scales.map(Number) : undefined;
}

function resized(
  node: Node,
  shape: readonly Dimension[],
  values: ShapeContext["values"],
): readonly Dimension[] {
  const scales = scalesOf(node, values);
  if (scales) {
    return shape.map((d, i) => {
      if (typeof d === "number") return Math.floor(d * scales[i]);
      return Number.isInteger(scales[i]) ? times(d, scales[i]) : `(${d}~${scales[i]})`;
    });
  }
  const sizes = node.inputs[3] ? values(3) : undefined;
  if (sizes) return sizes;
  throw new UserError(
    `The size that Resize node "${node.name}" makes is computed at run time; it has to be a constant.`,
  );
}

/** The cubic kernel of Keys 1981 at the distance `d`. */
function cubic(d: number, a: number): number {
  const x = Math.abs(d);
  if (x <= 1) return ((a + 2) * x - (a + 3)) * x * x + 1;
  return x < 2 ? a * (((x - 5) * x + 8) * x - 4) : 0;
}

/** The shares that each of `to` elements has in `from` ones, row by row. */
function sharesOf(node: Node, from: number, to: number, scale: number): Float32Array {
  const mode = stringAttribute(node, "mode", "nearest");
  const transform = stringAttribute(node, "coordinate_transformation_mode", "half_pixel");
  const nearest = stringAttribute(node, "nearest_mode", "round_prefer_floor");
  const place = (i: number): number => {
    if (transform === "asymmetric") return i / scale;
    if (transform === "align_corners") return to === 1 ? 0 : (i * (from - 1)) / (to - 1);
    if (transform === "pytorch_half_pixel" && to === 1) return 0;
    if (transform === "half_pixel" || transform === "pytorch_half_pixel") return (i + 0.5) / scale - 0.5;
    throw new UserError(
      `Resize node "${node.name}" has the coordinates ${transform}, which are not known here.`,
    );
  };
  const round: Record<string, (x: number) => number> = {
    floor: Math.floor,
    ceil: Math.ceil,
    round_prefer_floor: (x) => Math.ceil(x - 0.5),
    round_prefer_ceil: (x) => Math.floor(x + 0.5),
  };
  const shares = new Float64Array(to * from);
  for (let i = 0; i < to; i++) {
    const x = place(i);
    const add = (at: number, share: number) => {
      shares[i * from + Math.min(from - 1, Math.max(0, at))] += share;
    };
    const floor = Math.floor(x);
    if (mode === "nearest") add(round[nearest](x), 1);
    else if (mode === "linear") {
      add(floor, 1 - (x - floor));
      add(floor + 1, x - floor);
    } else {
      const a = floatAttribute(node, "cubic_coeff_a", -0.75);
      for (let k = floor - 1; k <= floor + 2; k++) add(k, cubic(x - k, a));
    }
  }
  return Float32Array.from(shares);
}

export const resize: Operator = {
  op: "Resize",
  roles: ["weight"],
  shape: (node, { input, values }) => {
    const { type, shape } = input(0);
    return [{ type, shape: resized(node, shape, values) }];
  },
  decomposition: (node, context) => {
    const { builder, shape, values } = context;
    const { step, last } = stepsOf(node, context);
    const info = shape(node.inputs[0]);
    const of: ShapeContext["values"] = (index) =>
      node.inputs[index] ? values(node.inputs[index]) : undefined;
    const target = resized(node, info.shape, of);
    const scales = scalesOf(node, of);
    if (info.shape.length !== 4 || info.shape[0] !== target[0] || info.shape[1] !== target[1]) {
      throw new UserError(`Resize node "${node.name}" is not of images, [N, C, height, width].`);
    }
    if (intAttribute(node, "antialias", 0) === 1 || intAttribute(node, "exclude_outside", 0) === 1) {
      throw new UserError(`Resize node "${node.name}" filters what it leaves out, which is not known here.`);
    }
    const matrix = (axis: 2 | 3, transposed: boolean) => {
      const from = knownSize(info, axis);
      const to = Number(target[axis]);
      const shares = sharesOf(node, from, to, scales?.[axis] ?? to / from);
      const name = builder.initializer(`${node.name}.shares`, float32([to, from], shares));
      return transposed ? step("Transpose", [name], { perm: [1, 0] }) : name;
    };
    last("MatMul", [matrix(2, false), step("MatMul", [node.inputs[0], matrix(3, true)])]);
  },
};
