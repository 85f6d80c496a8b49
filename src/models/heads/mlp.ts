// A head of two layers, for labels that no sum over features tells apart.
import { float32 } from "../../graph/tensor.js";
import type { Head, HeadContext } from "./head.js";

/** Options of `mlpHead`. */
export interface MlpOptions {
  /** The hidden layer's width; default 512, or the features' own width where that is less. */
  hidden?: number;
  /**
   * s, by which the features are multiplied first; default 1. Where it is 1 / (their size), first weights, learning
   * rates and weight decays are those for features of size 1, whatever the backbone.
   */
  scale?: number;
  /** The second layer's first weights, in parts of those that it would have; default 1. */
  part?: number;
}

/**
 * logits = W₂ · relu(W₁ · s · mean over places of x + b₁) + b₂. The weights are called as in PyTorch's
 * `Sequential(Linear, ReLU, Linear)`: `module.0.weight`, `module.2.weight`.
 * @throws RangeError if `hidden` is no whole number of 1 or more, or `scale` or `part` not above 0
 */
export function mlpHead({ hidden, scale = 1, part = 1 }: MlpOptions = {}): Head {
  if (hidden !== undefined && !(Number.isInteger(hidden) && hidden > 0)) {
    throw new RangeError(`The hidden layer's width is ${hidden}; a whole number of 1 or more is wanted.`);
  }
  for (const [name, value] of Object.entries({ scale, part })) {
    if (!(value > 0 && Number.isFinite(value))) {
      throw new RangeError(`${name} is ${value}; a finite number above 0 is wanted.`);
    }
  }
  return {
    name: "mlp",
    build(context) {
      const { builder, features, width, labels, module } = context;
      const wide = hidden ?? Math.min(512, width);
      const first = layer(context, "0", scaled(context, features, scale), width, wide);
      const bent = builder.node("Relu", [first], { name: `${module}.1` });
      layer(context, "2", bent, wide, labels, { part, output: "logits" });
    },
  };
}

function scaled({ builder, module }: HeadContext, features: string, scale: number): string {
  if (scale === 1) return features;
  const factor = builder.initializer(`${module}.scale`, float32([], [scale]));
  return builder.node("Mul", [features, factor], { name: `${module}.scaled` });
}

function layer(
  { builder, module, weight, bias }: HeadContext,
  name: string,
  x: string,
  from: number,
  to: number,
  { part, output }: { part?: number; output?: string } = {},
): string {
  const inputs = [x, weight(`${name}.weight`, [to, from], part), bias(`${name}.bias`, to)];
  return builder.node("Gemm", inputs, {
    name: `${module}.${name}`,
    attributes: { transB: 1 },
    outputs: output ? [output] : 1,
  });
}
