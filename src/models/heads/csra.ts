// CSRA, class-specific residual attention: each label looks where it is scored highest, beside the average.
import { type FeatureMap, greatest, type Head, type HeadContext } from "./head.js";

/** Options of `csraHead`. */
export interface CsraOptions {
  /** λ, how much attention counts beside the average; default 0.1. */
  lambda?: number;
  /**
   * T of each attention: at 0 it is the average, at Infinity the single best place; default [1]. The paper's for 2, 4,
   * 6 and 8 of them: `csraTemperatures`.
   */
  temperatures?: readonly number[];
}

/** How many attentions the paper has tried. */
export const csraHeads = [1, 2, 4, 6, 8] as const;

/** The paper's temperatures for so many attentions: 1, 2, 3, …, and Infinity last; 1 alone for one. */
export function csraTemperatures(heads: number): number[] {
  if (heads === 1) return [1];
  // Four of them are 1, 2, 4 and Infinity there.
  if (heads === 4) return [1, 2, 4, Number.POSITIVE_INFINITY];
  return [...Array.from({ length: heads - 1 }, (_, i) => i + 1), Number.POSITIVE_INFINITY];
}

/**
 * With the score s_j = m · x_j + b of a label at each place j of the feature map,
 * logit = Σ over attentions of mean_j s_j + λ · Σ_j softmax_j(T · s_j) · s_j; with T = Infinity the second term is
 * λ · max_j s_j. Every attention has its m and b, weights of a 1×1 convolution, [labels, channels, 1, 1].
 *
 * Zhu and Wu 2021, "Residual Attention: A Simple but Effective Method for Multi-Label Recognition", arXiv:2108.02456.
 * The bias is ours; it moves no attention. The authors' code divides the scores by ‖m‖, which the paper does not: then no
 * logit is greater than (1 + λ)·‖x‖, too little where a backbone's features are short.
 *
 * @throws RangeError if λ is negative, or a temperature is, or there is none
 */
export function csraHead({ lambda = 0.1, temperatures = [1] }: CsraOptions = {}): Head {
  if (!(lambda >= 0 && Number.isFinite(lambda))) {
    throw new RangeError(`λ is ${lambda}; a number of 0 or more is wanted.`);
  }
  if (temperatures.length === 0 || !temperatures.every((t) => t >= 0)) {
    throw new RangeError(`The temperatures are [${temperatures}]; at least one, each 0 or more, is wanted.`);
  }
  return {
    name: "csra",
    build(context) {
      const { builder } = context;
      const map = context.map();
      const logits = temperatures.map((t, i) => {
        const name = temperatures.length === 1 ? "" : `${i}.`;
        const output = temperatures.length === 1 ? ["logits"] : 1;
        return attention(context, map, { name, output, lambda, temperature: t });
      });
      if (logits.length > 1) builder.node("Sum", logits, { name: context.module, outputs: ["logits"] });
    },
  };
}

interface Attention {
  name: string;
  output: readonly string[] | number;
  lambda: number;
  temperature: number;
}

function attention(
  context: HeadContext,
  { value, height, width }: FeatureMap,
  { name, output, lambda, temperature }: Attention,
): string {
  const { builder, labels, module } = context;
  const at = (part: string) => `${module}.${name}${part}`;
  const weights = [
    context.weight(`${name}weight`, [labels, context.width, 1, 1]),
    context.bias(`${name}bias`, labels),
  ];
  const scores = builder.node("Conv", [value, ...weights], {
    name: at("scores"),
    attributes: { kernel_shape: [1, 1], strides: [1, 1], pads: [0, 0, 0, 0] },
  });
  const places = height * width;
  const flat = builder.node("Reshape", [scores, builder.ints([0, labels, places], at("places"))], {
    name: at("flat"),
  });
  const mean = (x: string, part: string) =>
    builder.node("ReduceMean", [x], { name: at(part), attributes: { axes: [2], keepdims: 0 } });
  const scaled = (x: string, by: number, part: string) =>
    builder.node("Mul", [x, builder.scalar(by, at(part))], { name: at(part) });

  const average = mean(flat, "average");
  let attended: string;
  if (temperature === Number.POSITIVE_INFINITY) {
    attended = scaled(greatest(context, { value: scores, height, width }, `${name}best`), lambda, "residual");
  } else {
    const sharpened = temperature === 1 ? flat : scaled(flat, temperature, "sharpened");
    const share = builder.node("Softmax", [sharpened], { name: at("share"), attributes: { axis: 2 } });
    // A sum over places is their number times the mean.
    const weighted = builder.node("Mul", [share, flat], { name: at("weighted") });
    attended = scaled(mean(weighted, "attended"), lambda * places, "residual");
  }
  return builder.node("Add", [average, attended], { name: at("sum"), outputs: output });
}
