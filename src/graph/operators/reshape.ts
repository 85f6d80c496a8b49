// Reshape, Flatten, Squeeze and Unsqueeze: the same elements in another shape; the gradient goes back to the input's.
import { type Dimension, intAttribute, type Node } from "../graph.js";
import { fromFront, over, times } from "./dimensions.js";
import {
  type GradientRule,
  known,
  knownNumbers,
  type Operator,
  ofOneOutput,
  sameValues,
} from "./operator.js";

const back: GradientRule = ofOneOutput((node, dY, { builder }) => {
  const target = builder.node("Shape", [node.inputs[0]], { name: `${node.name}.shape` });
  return [builder.node("Reshape", [dY, target], { name: `${node.name}.dX` })];
});

/** 0 stands for the input's size, −1 for what is left. */
function reshaped(from: readonly Dimension[], target: readonly Dimension[], node: Node): Dimension[] {
  const keepZeros = intAttribute(node, "allowzero", 0) === 1;
  const shape = target.map((d, i) => (d === 0 && !keepZeros ? from[i] : d));
  const free = shape.indexOf(-1);
  if (free >= 0) shape[free] = over(times(...from), times(...shape.filter((_, i) => i !== free)));
  return shape;
}

export const reshape: Operator = {
  op: "Reshape",
  shape: (node, { input, values }) => {
    const { type, shape } = input(0);
    return [{ type, shape: reshaped(shape, known(values(1), node, "shape"), node) }];
  },
  values: sameValues,
  gradient: back,
  roles: ["weight"],
};

export const flatten: Operator = {
  op: "Flatten",
  shape: (node, { input }) => {
    const { type, shape } = input(0);
    const axis = fromFront(intAttribute(node, "axis", 1), shape.length);
    return [{ type, shape: [times(...shape.slice(0, axis)), times(...shape.slice(axis))] }];
  },
  gradient: back,
};

export const squeeze: Operator = {
  op: "Squeeze",
  shape: (node, { input, values }) => {
    const { type, shape } = input(0);
    const given = node.inputs[1] ? knownNumbers(values(1), node, "axes") : undefined;
    const axes = given?.map((axis) => fromFront(axis, shape.length));
    return [{ type, shape: shape.filter((d, i) => (axes ? !axes.includes(i) : d !== 1)) }];
  },
  values: sameValues,
  gradient: back,
  roles: ["weight"],
};

export const unsqueeze: Operator = {
  op: "Unsqueeze",
  shape: (node, { input, values }) => {
    const { type, shape } = input(0);
    const given = knownNumbers(values(1), node, "axes");
    const axes = given.map((axis) => fromFront(axis, shape.length + given.length));
    const rest = [...shape];
    const out = Array.from({ length: shape.length + axes.length }, (_, i) =>
      axes.includes(i) ? 1 : (rest.shift() ?? 1),
    );
    return [{ type, shape: out }];
  },
  values: sameValues,
  gradient: back,
  roles: ["weight"],
};
