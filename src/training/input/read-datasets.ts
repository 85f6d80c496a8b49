// The sets of a run: what it learns from and what it is validated on, read, or parted where only one is named.
import { UserError } from "../../base/errors.js";
import type { Dataset } from "../../data/dataset/dataset.js";
import { readDataset } from "../../data/dataset/read.js";
import { subset } from "../../data/dataset/subset.js";
import { withUnknown } from "../../data/dataset/unknown-targets.js";
import { copiesOf } from "../../data/files/same-bytes.js";
import { keptTogether } from "../../data/split/inseparable.js";
import { stratifiedSplit } from "../../data/split/split.js";
import type { Places } from "../recipe/places.js";
import { refuseMissing } from "./missing-images.js";

/** The part of the pictures that is set aside for validation where the user names none. */
export const HELD_OUT = 0.2;

/** Groups of pictures that look alike, by their indices. */
export type NearCopies = readonly (readonly number[])[];

/** What labels files say, before anything is set aside. */
export interface NamedSets {
  /** To learn from, and to set aside from where no other is named. */
  data: Dataset;
  val: Dataset | undefined;
  /** What the finished bundle is measured on. */
  test: Dataset | undefined;
}

export interface ReadSets {
  training: Dataset;
  validation: Dataset;
  /** Those that were kept on one side, by their names in the labels file; none where both sets were named. */
  nearCopies: readonly (readonly string[])[];
}

type DataPlaces = Pick<Places, "data" | "val" | "test" | "format" | "groupBy" | "images" | "unknown">;

/** @throws UserError for data that cannot be read, whose images are not there, or of which nothing is known */
export async function readNamed({
  data,
  val,
  test,
  format,
  groupBy,
  images,
  unknown,
}: DataPlaces): Promise<NamedSets> {
  const read = async (path: string, labels?: readonly string[]) => {
    const dataset = await readDataset(path, { format, groupBy, labels, images });
    const targets = withUnknown(dataset.targets, unknown);
    refuseUnknown(dataset.source, targets);
    await refuseMissing(dataset);
    return { ...dataset, targets };
  };
  const named = await read(data);
  const other = (path: string | undefined) => (path === undefined ? undefined : read(path, named.labels));
  return { data: named, val: await other(val), test: await other(test) };
}

function refuseUnknown(source: string, targets: Float32Array): void {
  if (targets.some((target) => target >= 0)) return;
  throw new UserError(`Every target of ${source} is unknown: there is nothing to learn or to measure.`);
}

/**
 * @param nearCopiesIn finds the near copies that a split keeps on one side; default: there are none
 * @throws UserError for data that cannot be parted
 */
export async function partSets(
  { data, val }: Pick<NamedSets, "data" | "val">,
  seed: number,
  nearCopiesIn: (dataset: Dataset) => Promise<NearCopies> | NearCopies = () => [],
): Promise<ReadSets> {
  if (val !== undefined) return { training: data, validation: val, nearCopies: [] };
  const parts = await setAside(data, seed, await nearCopiesIn(data));
  for (const { source, targets } of [parts.training, parts.validation]) refuseUnknown(source, targets);
  return parts;
}

/** Both parts keep the order of the data set; copies of a file, near copies, and groups, are on one side. */
async function setAside(dataset: Dataset, seed: number, nearCopies: NearCopies): Promise<ReadSets> {
  const groups = await keptTogether(dataset, nearCopies);
  const { training, validation } = stratifiedSplit(dataset, { share: HELD_OUT, seed, groups });
  return {
    training: subset(dataset, training),
    validation: subset(dataset, validation),
    nearCopies: nearCopies.map((alike) => alike.map((i) => dataset.pictures[i].name)),
  };
}

/** How many validation pictures are files whose bytes are among the training pictures' too. */
export async function leaked({ training, validation }: Omit<ReadSets, "nearCopies">): Promise<number> {
  const copies = await copiesOf([...training.pictures, ...validation.pictures].map(({ path }) => path));
  const learned = new Set(copies.subarray(0, training.pictures.length));
  return copies.subarray(training.pictures.length).filter((copy) => learned.has(copy)).length;
}
