// A head of two layers, for labels that no sum over features tells apart.
import type { Head, HeadContext } from "./head.js";

/** Options of `mlpHead`. */
export interface MlpOptions {
  /** The hidden layer's width; default 512, or the features' own width where that is less. */
  hidden?: number;
}

/**
 * logits = W₂ · relu(W₁ · mean over places of x + b₁) + b₂. The weights are called as in PyTorch's
 * `Sequential(Linear, ReLU, Linear)`: `module.0.weight`, `module.2.weight`.
 * @throws RangeError if `hidden` is no whole number of 1 or more
 */
export function mlpHead({ hidden }: MlpOptions = {}): Head {
  if (hidden !== undefined && !(Number.isInteger(hidden) && hidden > 0)) {
    throw new RangeError(`The hidden layer's width is ${hidden}; a whole number of 1 or more is wanted.`);
  }
  return {
    name: "mlp",
    build(context) {
      const { builder, features, width, labels, module } = context;
      const wide = hidden ?? Math.min(512, width);
      const first = layer(context, "0", features, width, wide);
      const bent = builder.node("Relu", [first], { name: `${module}.1` });
      layer(context, "2", bent, wide, labels, "logits");
    },
  };
}

function layer(
  { builder, module, weight, bias }: HeadContext,
  name: string,
  x: string,
  from: number,
  to: number,
  output?: string,
): string {
  const inputs = [x, weight(`${name}.weight`, [to, from]), bias(`${name}.bias`, to)];
  return builder.node("Gemm", inputs, {
    name: `${module}.${name}`,
    attributes: { transB: 1 },
    outputs: output ? [output] : 1,
  });
}
