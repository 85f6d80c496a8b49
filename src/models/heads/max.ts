// Max pooling: a thing counts where it is seen best, however small its part of the picture.
import { greatest, type Head, linear } from "./head.js";

/**
 * logits = W · max over places of x + b.
 * The pooling of ML-GCN: Chen, Wei, Wang, Guo 2019, arXiv:1904.03582.
 */
export function maxHead(): Head {
  return {
    name: "max",
    build: (context) => linear(context, greatest(context, context.map(), "max"), context.width),
  };
}
