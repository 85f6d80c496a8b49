// The usual head: features averaged over the picture, and one linear layer.
import { type Head, linear } from "./head.js";

/** logits = W · mean over places of x + b. */
export function averageHead(): Head {
  return { name: "average", build: (context) => linear(context, context.features, context.width) };
}
