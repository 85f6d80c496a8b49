// The losses, and the way from a name to one.
import { UserError } from "../base/errors.js";
import { nearestFirst } from "../base/nearest.js";
import { bce } from "./bce.js";
import type { Loss, LossOptions } from "./loss.js";
import { softMargin } from "./soft-margin.js";

export { bce, bceWithLogits } from "./bce.js";
export type { Loss, LossOptions, LossResult, LossShape, Reduction } from "./loss.js";
export { sigmoid } from "./sigmoid.js";
export { type SoftMarginOptions, softMargin, softMarginWithLogits } from "./soft-margin.js";

const losses = new Map<string, (options: LossOptions) => Loss>([
  ["bce", bce],
  [
    "soft-margin",
    (options) => {
      if (options.positiveWeights) {
        throw new UserError('The loss "soft-margin" has no positive weights; "bce" has.');
      }
      return softMargin(options);
    },
  ],
]);

/** The names that `lossByName` knows. */
export const lossNames: readonly string[] = [...losses.keys()];

/** The loss of that name. @throws UserError for a name that is none, or an option that the loss has not */
export function lossByName(name: string, options: LossOptions = {}): Loss {
  const make = losses.get(name);
  if (make === undefined) {
    throw new UserError(`There is no loss "${name}"; there are ${nearestFirst(name, lossNames).join(", ")}.`);
  }
  return make(options);
}
