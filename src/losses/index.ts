// The losses, and the way from a name to one.
import { UserError } from "../base/errors.js";
import { nearestFirst } from "../base/nearest.js";
import { type AsymmetricOptions, asymmetric } from "./asymmetric.js";
import { bce } from "./bce.js";
import { type FocalOptions, focal } from "./focal.js";
import type { Loss } from "./loss.js";
import { softMargin } from "./soft-margin.js";

export { type AsymmetricOptions, asymmetric, asymmetricWithLogits } from "./asymmetric.js";
export { bce, bceWithLogits } from "./bce.js";
export { type FocalOptions, focal, focalWithLogits } from "./focal.js";
export type { Loss, LossOptions, LossResult, LossShape, Reduction } from "./loss.js";
export { type BalanceOptions, balancedPositiveWeights } from "./positive-weights.js";
export { sigmoid } from "./sigmoid.js";
export { softMargin, softMarginWithLogits } from "./soft-margin.js";

/** The options of all losses. */
export interface AnyLossOptions extends FocalOptions, AsymmetricOptions {}

interface Kind {
  make(options: AnyLossOptions): Loss;
  /** The options that not every loss has. */
  own: readonly (keyof AnyLossOptions)[];
}

const kinds = new Map<string, Kind>([
  ["bce", { make: bce, own: [] }],
  ["soft-margin", { make: softMargin, own: [] }],
  ["focal", { make: focal, own: ["gamma", "alpha"] }],
  ["asymmetric", { make: asymmetric, own: ["gammaPositive", "gammaNegative", "margin"] }],
]);

/** The names that `lossByName` knows. */
export const lossNames: readonly string[] = [...kinds.keys()];

/**
 * The loss of that name.
 * @throws UserError for a name that is none, or options that the loss has not; RangeError for a value out of range
 */
export function lossByName(name: string, options: AnyLossOptions = {}): Loss {
  const kind = kinds.get(name);
  if (kind === undefined) {
    throw new UserError(`There is no loss "${name}"; there are ${nearestFirst(name, lossNames).join(", ")}.`);
  }
  const problems = [...kinds].flatMap(([owner, { own }]) =>
    own
      .filter((option) => options[option] !== undefined && !kind.own.includes(option))
      .map((option) => `${option} belongs to "${owner}".`),
  );
  if (problems.length > 0) {
    throw new UserError(`The loss "${name}" does not have these options; leave them out:`, problems);
  }
  return kind.make(options);
}
