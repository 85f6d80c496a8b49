// The sets of a run: what it learns from and what it is validated on, read, or parted where only one is named.
import { UserError } from "../base/errors.js";
import type { Dataset } from "../data/dataset.js";
import { keptTogether } from "../data/kept-together.js";
import { readDataset } from "../data/read.js";
import { stratifiedSplit } from "../data/split.js";
import { subset } from "../data/subset.js";
import { withUnknown } from "../data/unknown.js";
import type { Places } from "./defaults.js";

/** The part of the pictures that is set aside for validation where the user names none. */
export const HELD_OUT = 0.2;

/** @throws UserError for data that cannot be read, or parted, or of which nothing is known */
export async function readSets(
  { data, val, format, groupBy, unknown }: Pick<Places, "data" | "val" | "format" | "groupBy" | "unknown">,
  seed: number,
): Promise<{ training: Dataset; validation: Dataset }> {
  const read = async (path: string, labels?: readonly string[]) => {
    const dataset = await readDataset(path, { format, groupBy, labels });
    return { ...dataset, targets: withUnknown(dataset.targets, unknown) };
  };
  const training = await read(data);
  const sets =
    val === undefined
      ? await setAside(training, seed)
      : { training, validation: await read(val, training.labels) };
  for (const { source, targets } of [sets.training, sets.validation]) {
    if (targets.some((target) => target >= 0)) continue;
    throw new UserError(`Every target of ${source} is unknown: there is nothing to learn or to measure.`);
  }
  return sets;
}

/** Both parts keep the order of the data set; copies of a file, and groups, are on one side. */
async function setAside(dataset: Dataset, seed: number): Promise<{ training: Dataset; validation: Dataset }> {
  const groups = await keptTogether(dataset);
  const { training, validation } = stratifiedSplit(dataset, { share: HELD_OUT, seed, groups });
  return { training: subset(dataset, training), validation: subset(dataset, validation) };
}
