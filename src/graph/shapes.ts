// Shape inference: the type and shape of every value of a graph, the batch (and what else has a name) kept as a name.
import { UserError } from "../base/errors.js";
import { outputDimension, windowOf } from "./convolution.js";
import {
  type Dimension,
  type Graph,
  intAttribute,
  intsAttribute,
  type Node,
  TRAINING,
  type ValueInfo,
} from "./graph.js";
import { typeOfCode } from "./onnx-types.js";
import { type DataType, sizeOf } from "./tensor.js";

type Shape = readonly Dimension[];
interface Inferred {
  readonly type: DataType;
  readonly shape: Shape;
}

interface Context {
  /** Types and shapes of the node's inputs; asking for one that is left out or unknown throws. */
  input(index: number): Inferred;
  /** The int64 values of an input, where they are known before a run (dimensions may be names). */
  values(index: number): readonly Dimension[] | undefined;
}

type Rule = (node: Node, context: Context) => readonly Inferred[];

/** NumPy's broadcasting; a name against 1 stays that name, two different names can't be known to agree. */
function broadcast(shapes: readonly Shape[]): Shape {
  const rank = Math.max(...shapes.map((s) => s.length));
  return Array.from({ length: rank }, (_, i) => {
    let result: Dimension = 1;
    for (const shape of shapes) {
      const d = shape[i - rank + shape.length] ?? 1;
      if (d === 1 || d === result) continue;
      if (result === 1 || typeof result === "string") result = d;
      else if (typeof d === "number")
        throw new TypeError(`Shapes [${shapes.join("] and [")}] do not broadcast.`);
    }
    return result;
  });
}

const axisOf = (axis: number, rank: number) => (axis < 0 ? axis + rank : axis);

/** The product of dimensions, or a new name if it holds a name beside other factors. */
function product(dimensions: Shape): Dimension {
  const names = dimensions.filter((d) => typeof d === "string");
  const size = sizeOf(dimensions.filter((d): d is number => typeof d === "number"));
  if (names.length === 0) return size;
  return names.length === 1 && size === 1 ? names[0] : [...names, size].join("*");
}

function reshape(from: Shape, target: readonly Dimension[]): Shape {
  const shape = target.map((d, i) => (d === 0 ? from[i] : d));
  const free = shape.indexOf(-1);
  if (free < 0) return shape;
  const rest = shape.filter((_, i) => i !== free);
  // Names that stand on both sides cancel.
  const numerator = [...from];
  const divisor: Dimension[] = [];
  for (const d of rest) {
    const at = typeof d === "string" ? numerator.indexOf(d) : -1;
    if (at >= 0) numerator.splice(at, 1);
    else divisor.push(d);
  }
  const names = numerator.filter((d) => typeof d === "string");
  const over = sizeOf(numerator.filter((d): d is number => typeof d === "number"));
  const under = sizeOf(divisor.filter((d): d is number => typeof d === "number"));
  shape[free] = product([...names, over / under]);
  return shape;
}

const like: Rule = (_, { input }) => [input(0)];
const elementwise: Rule = (node, { input }) => {
  const inputs = node.inputs.map((_, i) => input(i));
  return [{ type: inputs[0].type, shape: broadcast(inputs.map((i) => i.shape)) }];
};
const comparison: Rule = (node, context) => [{ ...elementwise(node, context)[0], type: "bool" }];

const pool: Rule = (node, { input }) => {
  const { type, shape } = input(0);
  const window = windowOf(node);
  const out = [
    shape[0],
    shape[1],
    outputDimension(window, shape[2], 0),
    outputDimension(window, shape[3], 1),
  ];
  return [
    { type, shape: out },
    { type: "int64", shape: out },
  ];
};

const globalPool: Rule = (_, { input }) => {
  const { type, shape } = input(0);
  return [{ type, shape: [shape[0], shape[1], ...shape.slice(2).map(() => 1)] }];
};

const reduce: Rule = (node, { input, values }) => {
  const { type, shape } = input(0);
  const given = intsAttribute(node, "axes") ?? (node.inputs[1] ? values(1) : undefined);
  const axes = new Set((given ?? shape.map((_, i) => i)).map((axis) => axisOf(Number(axis), shape.length)));
  const keep = intAttribute(node, "keepdims", 1) === 1;
  const out = shape.flatMap((d, i) => (axes.has(i) ? (keep ? [1] : []) : [d]));
  return [{ type, shape: out }];
};

function known(values: readonly Dimension[] | undefined, node: Node, what: string): readonly Dimension[] {
  if (values) return values;
  throw new UserError(
    `The ${what} of ${node.op} node "${node.name}" is computed at run time; it has to be a constant.`,
  );
}

/** What a Shape node tells: all dimensions, or those from `start` to before `end`. */
function dimensionsTold(node: Node, shape: Shape): Shape {
  return shape.slice(intAttribute(node, "start", 0), intAttribute(node, "end", shape.length));
}

const rules: Record<string, Rule> = {
  Conv: (node, { input }) => {
    const x = input(0);
    const w = input(1).shape;
    const window = windowOf(node, w.slice(2).map(Number));
    const size = ([0, 1] as const).map((axis) => outputDimension(window, x.shape[axis + 2], axis));
    return [{ type: x.type, shape: [x.shape[0], w[0], ...size] }];
  },
  Gemm: (node, { input }) => {
    const a = input(0);
    const b = input(1).shape;
    const rows = a.shape[intAttribute(node, "transA", 0)];
    return [{ type: a.type, shape: [rows, b[1 - intAttribute(node, "transB", 0)]] }];
  },
  MatMul: (_, { input }) => {
    const { type, shape: a } = input(0);
    const b = input(1).shape;
    const stack = broadcast([a.slice(0, -2), b.slice(0, -2)]);
    // A vector counts as a matrix of one row or column, which the result then lacks.
    const rows = a.length > 1 ? [a[a.length - 2]] : [];
    const columns = b.length > 1 ? [b[b.length - 1]] : [];
    return [{ type, shape: [...stack, ...rows, ...columns] }];
  },
  MaxPool: pool,
  AveragePool: pool,
  GlobalAveragePool: globalPool,
  GlobalMaxPool: globalPool,
  BatchNormalization: like,
  ReduceSum: reduce,
  ReduceSumSquare: reduce,
  ReduceMean: reduce,
  ReduceMax: reduce,
  Where: (_, { input }) => [
    { type: input(1).type, shape: broadcast([input(0).shape, input(1).shape, input(2).shape]) },
  ],
  Cast: (node, { input }) => {
    const type = typeOfCode(intAttribute(node, "to", 0));
    if (!type) throw new UserError(`Cast node "${node.name}" makes an element type that is not supported.`);
    return [{ type, shape: input(0).shape }];
  },
  Shape: (node, { input }) => [{ type: "int64", shape: [dimensionsTold(node, input(0).shape).length] }],
  Reshape: (node, { input, values }) => [
    { type: input(0).type, shape: reshape(input(0).shape, known(values(1), node, "shape")) },
  ],
  Expand: (node, { input, values }) => [
    { type: input(0).type, shape: broadcast([input(0).shape, known(values(1), node, "shape")]) },
  ],
  Flatten: (node, { input }) => {
    const { type, shape } = input(0);
    const axis = axisOf(intAttribute(node, "axis", 1), shape.length);
    return [{ type, shape: [product(shape.slice(0, axis)), product(shape.slice(axis))] }];
  },
  Transpose: (node, { input }) => {
    const { type, shape } = input(0);
    const order = intsAttribute(node, "perm") ?? shape.map((_, i) => shape.length - 1 - i);
    return [{ type, shape: order.map((i) => shape[i]) }];
  },
  Concat: (node, { input }) => {
    const inputs = node.inputs.map((_, i) => input(i));
    const { type, shape } = inputs[0];
    const axis = axisOf(intAttribute(node, "axis", 0), shape.length);
    const sizes = inputs.map((i) => i.shape[axis]);
    const total = sizes.every((d): d is number => typeof d === "number")
      ? sizes.reduce((sum, d) => sum + d, 0)
      : sizes.join("+");
    return [{ type, shape: shape.map((d, i) => (i === axis ? total : d)) }];
  },
  Split: (node, { input, values }) => {
    const { type, shape } = input(0);
    const axis = axisOf(intAttribute(node, "axis", 0), shape.length);
    const sizes = node.inputs[1]
      ? known(values(1), node, "sizes")
      : node.outputs.map(() => Number(shape[axis]) / node.outputs.length);
    return sizes.map((size) => ({ type, shape: shape.map((d, i) => (i === axis ? size : d)) }));
  },
  Squeeze: (node, { input, values }) => {
    const { type, shape } = input(0);
    const given = node.inputs[1] ? known(values(1), node, "axes") : undefined;
    const axes = given?.map((axis) => axisOf(Number(axis), shape.length));
    return [{ type, shape: shape.filter((d, i) => (axes ? !axes.includes(i) : d !== 1)) }];
  },
  Unsqueeze: (node, { input, values }) => {
    const { type, shape } = input(0);
    const given = known(values(1), node, "axes");
    const axes = given.map((axis) => axisOf(Number(axis), shape.length + given.length));
    const rest = [...shape];
    const out = Array.from({ length: shape.length + axes.length }, (_, i) =>
      axes.includes(i) ? 1 : (rest.shift() ?? 1),
    );
    return [{ type, shape: out }];
  },
  Pad: (node, { input, values }) => {
    const { type, shape } = input(0);
    const pads = known(values(1), node, "pads").map(Number);
    const rank = shape.length;
    const out = shape.map((d, i) => {
      const more = pads[i] + pads[i + rank];
      return typeof d === "number" ? d + more : more === 0 ? d : `${d}+${more}`;
    });
    return [{ type, shape: out }];
  },
  Slice: (node, { input, values }) => {
    const { type, shape } = input(0);
    const starts = known(values(1), node, "starts").map(Number);
    const ends = known(values(2), node, "ends").map(Number);
    const axes = (node.inputs[3] ? known(values(3), node, "axes") : starts.map((_, i) => i)).map((axis) =>
      axisOf(Number(axis), shape.length),
    );
    const steps = (node.inputs[4] ? known(values(4), node, "steps") : starts.map(() => 1)).map(Number);
    const out = [...shape];
    axes.forEach((axis, k) => {
      const d = shape[axis];
      if (typeof d !== "number") {
        out[axis] = `${d}[${starts[k]}:${ends[k]}:${steps[k]}]`;
        return;
      }
      const clamp = (n: number, low: number, high: number) =>
        Math.min(Math.max(n < 0 ? n + d : n, low), high);
      const forward = steps[k] > 0;
      const from = forward ? clamp(starts[k], 0, d) : clamp(starts[k], 0, d - 1);
      const to = forward ? clamp(ends[k], 0, d) : ends[k] < -d ? -1 : clamp(ends[k], -1, d - 1);
      out[axis] = Math.max(0, Math.ceil((to - from) / steps[k]));
    });
    return [{ type, shape: out }];
  },
  Gather: (node, { input }) => {
    const { type, shape } = input(0);
    const axis = axisOf(intAttribute(node, "axis", 0), shape.length);
    return [{ type, shape: [...shape.slice(0, axis), ...input(1).shape, ...shape.slice(axis + 1)] }];
  },
  ScatterElements: like,
  QuantizeLinear: (node, { input }) => [
    { type: node.inputs[2] ? input(2).type : "uint8", shape: input(0).shape },
  ],
  DequantizeLinear: (_, { input }) => [{ type: "float32", shape: input(0).shape }],
  Dropout: like,
  Softmax: like,
  ConstantOfShape: (node, { values }) => {
    const value = node.attributes.value;
    const type = typeof value === "object" && "tensor" in value ? value.tensor.type : "float32";
    return [{ type, shape: known(values(0), node, "shape") }];
  },
  Constant: (node) => {
    const value = node.attributes.value;
    if (typeof value !== "object" || !("tensor" in value)) {
      throw new UserError(`Constant node "${node.name}" holds no tensor.`);
    }
    return [value.tensor];
  },
};

for (const op of [
  "Identity Relu Sigmoid Softplus Exp Log Sqrt Abs Neg Reciprocal Clip HardSigmoid Not Erf Floor Sign Tanh Round",
]) {
  for (const name of op.split(" ")) rules[name] = like;
}
for (const op of ["Add", "Sub", "Mul", "Div", "Pow", "Sum", "Max", "Min", "And", "Or"])
  rules[op] = elementwise;
for (const op of ["Greater", "GreaterOrEqual", "Less", "LessOrEqual", "Equal"]) rules[op] = comparison;

/** ONNX's operators that a graph may have here. */
export const knownOps: ReadonlySet<string> = new Set(Object.keys(rules));

/** The operators of our own domain. */
const trainingRules: Record<string, Rule> = {
  ConvInputGradient: (_, { input }) => [input(2)],
  ConvWeightGradient: (_, { input }) => [input(2)],
  BatchNormTraining: (_, { input }) => [input(0), input(3), input(4), input(3), input(3)],
  BatchNormGradient: (_, { input }) => [input(1), input(2), input(2)],
  MaxPoolGradient: (_, { input }) => [input(2)],
  AveragePoolGradient: (_, { input }) => [input(1)],
  ReluGradient: like,
  ClipGradient: like,
};

/**
 * Type and shape of every value of the graph, by name.
 * @throws UserError for an operator whose shapes are not known, naming the operator and the node
 */
export function inferShapes(graph: Graph): Map<string, ValueInfo> {
  const infos = new Map<string, ValueInfo>();
  const constants = new Map<string, readonly Dimension[]>();
  for (const input of graph.inputs) infos.set(input.name, input);
  for (const [name, { type, shape, data }] of graph.initializers) {
    infos.set(name, { name, type, shape });
    if (type === "int64" && data.length <= 64) constants.set(name, Array.from(data, Number));
  }
  for (const node of graph.nodes) {
    const rule = (node.domain === TRAINING ? trainingRules : node.domain === "" ? rules : {})[node.op];
    if (!rule) {
      throw new UserError(
        `Operator ${node.op} (node "${node.name}") is not known here. Known ones: ${[...knownOps].sort().join(", ")}.`,
      );
    }
    const context: Context = {
      input(index) {
        const info = infos.get(node.inputs[index]);
        if (!info)
          throw new TypeError(`Input ${index} of ${node.op} node "${node.name}" has no known shape.`);
        return info;
      },
      values: (index) => constants.get(node.inputs[index]),
    };
    const outputs = rule(node, context);
    node.outputs.forEach((name, i) => {
      if (name && outputs[i]) infos.set(name, { name, type: outputs[i].type, shape: outputs[i].shape });
    });
    if (node.op === "Shape") constants.set(node.outputs[0], dimensionsTold(node, context.input(0).shape));
    if (node.op === "Constant" && outputs[0].type === "int64") {
      const value = node.attributes.value;
      if (typeof value === "object" && "tensor" in value) {
        constants.set(node.outputs[0], Array.from(value.tensor.data, Number));
      }
    }
  }
  return infos;
}
