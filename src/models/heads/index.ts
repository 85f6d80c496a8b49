// The heads, and the way from a name to one.
import { averageHead } from "./average.js";
import { averageMaxHead } from "./average-max.js";
import { csraHead, csraTemperatures } from "./csra.js";
import type { Head } from "./head.js";
import { maxHead } from "./max.js";
import { mlpHead } from "./mlp.js";

export { averageHead } from "./average.js";
export { averageMaxHead } from "./average-max.js";
export { type CsraOptions, csraHead, csraHeads, csraTemperatures } from "./csra.js";
export type { FeatureMap, Head, HeadContext } from "./head.js";
export { maxHead } from "./max.js";
export { type MlpOptions, mlpHead } from "./mlp.js";

export const headNames = ["average", "max", "average-max", "mlp", "csra"] as const;
export type HeadName = (typeof headNames)[number];

/** A head as options name it. */
export interface HeadSpec {
  readonly head: HeadName;
  /** Of csra: λ. */
  readonly csraLambda?: number;
  /** Of csra: 1, 2, 4, 6 or 8 attentions. */
  readonly csraHeads?: number;
  /** Of mlp: the root of the mean square of the backbone's features, where it has been measured; default 1. */
  readonly features?: number;
  /** Of mlp: the second layer's first weights, in parts of Kaiming's; default 1. */
  readonly headInit?: number;
}

export function headByName({ head, csraLambda, csraHeads = 1, features = 1, headInit }: HeadSpec): Head {
  switch (head) {
    case "average":
      return averageHead();
    case "max":
      return maxHead();
    case "average-max":
      return averageMaxHead();
    case "mlp":
      // A power of two, so that it can be taken into the weights without another rounding.
      return mlpHead({ scale: 2 ** -Math.round(Math.log2(features)), part: headInit });
    case "csra":
      return csraHead({ lambda: csraLambda, temperatures: csraTemperatures(csraHeads) });
  }
}
