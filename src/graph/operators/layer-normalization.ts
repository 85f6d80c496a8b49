// LayerNormalization over the axes from `axis` on: x̂ = (X − mean) / √(var + ε), Y = scale · x̂ + bias (Ba et al. 2016,
// arXiv:1607.06450). Its gradient stays whole.
import { floatAttribute, intAttribute, type Node, TRAINING } from "../graph.js";
import { fromFront } from "./dimensions.js";
import { type DecompositionContext, type Operator, ofOneOutput, stepsOf } from "./operator.js";

/** The axes that are normalised. */
function axesOf(node: Node, rank: number): number[] {
  const axis = fromFront(intAttribute(node, "axis", -1), rank);
  return Array.from({ length: rank - axis }, (_, i) => axis + i);
}

export const layerNormalization: Operator = {
  op: "LayerNormalization",
  shape: (node, { input }) => {
    const x = input(0);
    const axis = fromFront(intAttribute(node, "axis", -1), x.shape.length);
    const statistic = { type: x.type, shape: x.shape.map((d, i) => (i < axis ? d : 1)) };
    return [x, statistic, statistic];
  },
  gradient: ofOneOutput((node, dY, { builder }) => {
    const [x, scale] = node.inputs;
    const [, mean, inverse] = node.outputs;
    return builder.training("LayerNormGradient", [dY, x, scale, mean, inverse], {
      name: `${node.name}.LayerNormGradient`,
      attributes: { axis: intAttribute(node, "axis", -1) },
      outputs: 3,
    });
  }),
  gradientOutputs: 3,
  roles: [undefined, "weight", "bias"],
  decomposition: (node, context) => {
    const { builder, shape } = context;
    const { step, number } = stepsOf(node, context);
    const [x, scale, bias] = node.inputs;
    const [y, mean, inverse] = node.outputs;
    const axes = axesOf(node, shape(x).shape.length);
    const make = (op: string, inputs: readonly string[], output: string | undefined, attributes = {}) =>
      builder.node(op, inputs, { name: node.name, attributes, outputs: output ? [output] : 1 });
    const average = make("ReduceMean", [x], mean, { axes, keepdims: 1 });
    const centred = step("Sub", [x, average]);
    const variance = step("ReduceMean", [step("Mul", [centred, centred])], { axes, keepdims: 1 });
    const deviation = step("Sqrt", [step("Add", [variance, number(floatAttribute(node, "epsilon", 1e-5))])]);
    const normal = step("Mul", [centred, make("Reciprocal", [deviation], inverse)]);
    if (bias) make("Add", [step("Mul", [normal, scale]), bias], y);
    else make("Mul", [normal, scale], y);
  },
};

/** (dY, X, scale, mean, 1/√(var + ε)) → (dX, dscale, dbias). */
export const layerNormGradient: Operator = {
  op: "LayerNormGradient",
  domain: TRAINING,
  shape: (_, { input }) => [input(1), input(2), input(2)],
  /** With g = dY · scale: dX = (g − mean(g) − x̂ · mean(g · x̂)) / √(var + ε). */
  decomposition: (node, context: DecompositionContext) => {
    const { builder, shape } = context;
    const { step } = stepsOf(node, context);
    const [dY, x, scale, mean, inverse] = node.inputs;
    const [dX, dScale, dBias] = node.outputs;
    const rank = shape(x).shape.length;
    const axes = axesOf(node, rank);
    const others = builder.ints(
      Array.from({ length: rank - axes.length }, (_, i) => i),
      "axes",
    );
    const normal = step("Mul", [step("Sub", [x, mean]), inverse]);
    const average = (value: string) => step("ReduceMean", [value], { axes, keepdims: 1 });
    const make = (op: string, inputs: readonly string[], output: string, attributes = {}) => {
      if (output) builder.node(op, inputs, { name: node.name, attributes, outputs: [output] });
    };
    const g = step("Mul", [dY, scale]);
    const along = step("Mul", [normal, average(step("Mul", [g, normal]))]);
    make("Mul", [inverse, step("Sub", [step("Sub", [g, average(g)]), along])], dX);
    make("ReduceSum", [step("Mul", [dY, normal]), others], dScale, { keepdims: 0 });
    make("ReduceSum", [dY, others], dBias, { keepdims: 0 });
  },
};
