// The losses, and the way from a name to one.
import { UserError } from "../base/errors.js";
import { nearestFirst } from "../base/nearest.js";
import { asymmetricKind } from "./asymmetric.js";
import { bceKind } from "./bce.js";
import { focalKind } from "./focal.js";
import type { LossOption } from "./kind.js";
import type { Loss, LossOptions } from "./loss.js";
import { softMarginKind } from "./soft-margin.js";

export { type AsymmetricOptions, asymmetric, asymmetricWithLogits } from "./asymmetric.js";
export { bce, bceWithLogits } from "./bce.js";
export { type FocalOptions, focal, focalWithLogits } from "./focal.js";
export { type LossOption, wantedOf } from "./kind.js";
export type { Loss, LossBatch, LossOptions, LossResult, LossShape, LossValues, Reduction } from "./loss.js";
export { type BalanceOptions, balancedPositiveWeights } from "./positive-weights.js";
export { sigmoid } from "./sigmoid.js";
export { softMargin, softMarginWithLogits } from "./soft-margin.js";

/** A new loss is a file of its own and its place here. */
const kinds = [bceKind, softMarginKind, focalKind, asymmetricKind] as const;

type Kind = (typeof kinds)[number];
/** The losses by name. */
export type LossName = Kind["name"];

type KeysOf<T> = T extends unknown ? keyof T : never;
/** The options that not every loss has. */
export type OwnOptionName = KeysOf<Kind["own"]>;

/** The options of all losses. */
export type AnyLossOptions = LossOptions & { [K in OwnOptionName]?: number };

/** A loss as JSON can hold it. */
export type LossSpec = { name: string; positiveWeights?: number[]; labelWeights?: number[] } & Omit<
  AnyLossOptions,
  "reduction" | "positiveWeights" | "labelWeights"
>;

/** The names that `lossByName` knows. */
export const lossNames: readonly LossName[] = kinds.map(({ name }) => name);

/** Of one loss, or of several that call an option the same. */
export interface OwnOption extends LossOption {
  readonly name: OwnOptionName;
  readonly losses: readonly LossName[];
}

/** The options that not every loss has, each once. */
export const ownOptions: readonly OwnOption[] = kinds.flatMap((kind, i) =>
  Object.entries<LossOption>(kind.own).flatMap(([name, option]) => {
    const owners = kinds.filter(({ own }) => name in own).map((owner) => owner.name);
    const isFirst = owners[0] === kinds[i].name;
    return isFirst ? [{ ...option, name: name as OwnOptionName, losses: owners }] : [];
  }),
);

/**
 * The loss of that name.
 * @throws UserError for a name that is none, or options that the loss has not; RangeError for a value out of range
 */
export function lossByName(name: string, options: AnyLossOptions = {}): Loss {
  const kind = kinds.find((candidate) => candidate.name === name);
  if (kind === undefined) {
    throw new UserError(`There is no loss "${name}"; there are ${nearestFirst(name, lossNames).join(", ")}.`);
  }
  const problems = ownOptions
    .filter((option) => options[option.name] !== undefined && !option.losses.includes(kind.name))
    .map(({ name, losses }) => `${name} belongs to ${losses.map((loss) => `"${loss}"`).join(" and ")}.`);
  if (problems.length > 0) {
    throw new UserError(`The loss "${name}" does not have these options; leave them out:`, problems);
  }
  return kind.make(options);
}
