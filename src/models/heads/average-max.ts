// Average and max pooling side by side: the classifier sees both.
import { greatest, type Head, linear } from "./head.js";

/** logits = W · [mean over places of x, max over places of x] + b, W [labels, 2 · width]. */
export function averageMaxHead(): Head {
  return {
    name: "average-max",
    build(context) {
      const { builder, module, features, width } = context;
      const most = greatest(context, context.map(), "max");
      const both = builder.node("Concat", [features, most], {
        name: `${module}.both`,
        attributes: { axis: 1 },
      });
      linear(context, both, 2 * width);
    },
  };
}
