// Clip: Y = min(max(X, low), high). Its gradient stays whole: dX = dY where low < X < high, else 0.
import { TRAINING } from "../graph.js";
import { like, type Operator, ofOneOutput } from "./operator.js";

/** JavaScript for `x` between two bounds; "" for one that there isn't. */
export function clipped(x: string, low: string, high: string): string {
  const above = low ? `(${x} < ${low} ? ${low} : ${x})` : x;
  return high ? `Math.min(${above}, ${high})` : above;
}

export const clip: Operator = {
  op: "Clip",
  shape: like,
  // Zero at the bounds themselves, as PyTorch's ReLU6 (hardtanh) has it.
  gradient: ofOneOutput((node, dY, { builder }) =>
    builder.training("ClipGradient", [dY, ...node.inputs], { name: `${node.name}.ClipGradient` }),
  ),
  expression: (_, { values: [x, low, high] }) => clipped(x, low, high),
};

/** (dY, X, low?, high?) → dX. */
export const clipGradient: Operator = {
  op: "ClipGradient",
  domain: TRAINING,
  shape: like,
  expression: (_, { values: [dY, x, low, high] }) => {
    const inside = [low ? `${x} > ${low}` : "", high ? `${x} < ${high}` : ""].filter((part) => part !== "");
    return inside.length === 0 ? dY : `(${inside.join(" && ")} ? ${dY} : 0)`;
  },
  keepsZero: ([zero]) => zero,
};
