// Choice: what a run chose where its user left an option out, and why.
import { flagOf } from "../../base/flag.js";
import type { TrainOptions } from "./options.js";

/** What a run chose for an option that you left out. */
export interface Choice {
  /** The option of `train` that it is about. */
  readonly option: keyof TrainOptions;
  /** The value that was chosen; null where the reason tells what follows from the option, not a value. */
  readonly value: string | number | boolean | null;
  /** For people: a clause that continues `--option value: …`; a sentence of its own where `value` is null. */
  readonly reason: string;
}

/** As the command prints it: `--lr 0.001: usual for …`. */
export function sentenceOf({ option, value, reason }: Choice): string {
  return value === null ? reason : `${flagOf(option)} ${value}: ${reason}`;
}
