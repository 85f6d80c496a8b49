// LossKind: a loss as runs offer it by name: how it is made, and the options that it alone has.
import type { Loss, LossOptions } from "./loss.js";

/** A number that a loss can be told, as one option of a run. */
export interface LossOption {
  /** What it does: a line for people. */
  readonly help: string;
  /** The least value. */
  readonly from: number;
  /** Values stay below it; without it and `to` there is no end. */
  readonly below?: number;
  /** The greatest value. */
  readonly to?: number;
  /** The value where none is told, and why this one; without it the option then plays no part. */
  readonly usual?: { readonly value: number; readonly why: string };
}

type OptionsOf<Own> = { [K in keyof Own]?: number };

export interface LossKind<Name extends string, Own extends Readonly<Record<string, LossOption>>> {
  readonly name: Name;
  readonly own: Own;
  make(options: LossOptions & OptionsOf<Own>): Loss;
}

/** What is wanted of an option's value, in words; undefined if `value` is that. */
export function wantedOf(value: number, { from, below, to }: Omit<LossOption, "help">): string | undefined {
  const end = to ?? below ?? Number.POSITIVE_INFINITY;
  if (value >= from && (to === undefined ? value < end : value <= end)) return undefined;
  if (to !== undefined) return `from ${from} to ${to}`;
  return below === undefined ? `a finite number, ${from} or more` : `${from} or more, and less than ${below}`;
}
