// Split: parts a data set in two so that each label, and each pair of labels, keeps its share in both.
import { UserError } from "../../base/errors.js";
import { together } from "../../base/grouping.js";
import { random } from "../../base/random.js";
import type { Dataset } from "../dataset/dataset.js";
import { deal } from "./deal.js";
import { evidenceOf } from "./evidence.js";
import { polish } from "./polish.js";

/** How a data set is split. */
export interface SplitOptions {
  /** The part that becomes the validation set, between 0 and 1. */
  share: number;
  /** The same data, share and seed give the same split. */
  seed: number;
  /**
   * For each picture the group that it belongs to; pictures of one group stay together. Default: the data
   * set's own groups, or none.
   */
  groups?: ArrayLike<string | number>;
}

/** Indices into the data set's pictures, ascending; each picture is in one of the two. */
export interface Split {
  readonly training: Uint32Array;
  readonly validation: Uint32Array;
}

/**
 * Iterative stratification: what is rarest among the pictures that are left is dealt out first, each to the
 * side that still lacks more of it. Dealt out are pairs of labels and single labels; where there are too
 * many pairs to hold, single labels alone. Then pictures change sides for as long as that brings shares
 * nearer to what they should be. Unknown targets count as neither there nor absent; where a label
 * has any, the pictures that are known to lack it are dealt out as evenly as those that have it.
 *
 * A path that occurs twice stays on one side. Large groups are dealt out first, and fit as well as they can.
 *
 * Source: Sechidis, Tsoumakas, Vlahavas, "On the stratification of multi-label data" (ECML PKDD 2011);
 * with pairs: Szymański, Kajdanowicz, "A network perspective on stratification of multi-label data" (2017).
 *
 * @throws UserError where there are not two groups to part, or the share is not between 0 and 1
 */
export function stratifiedSplit(dataset: Dataset, { share, seed, groups }: SplitOptions): Split {
  if (!(share > 0 && share < 1)) {
    throw new UserError(`The share of the validation set is ${share}; wanted a number between 0 and 1.`);
  }
  const { unitOf, units } = unitsOf(dataset, groups ?? dataset.groups);
  if (units < 2) {
    const found = dataset.pictures.length < 2 ? "" : " that all belong together";
    throw new UserError(
      `${dataset.source} holds ${dataset.pictures.length} picture${dataset.pictures.length === 1 ? "" : "s"}${found}; ` +
        "training and validating need at least one each. Name a validation set of its own.",
    );
  }
  const stream = random(seed, "split");
  const evidence = evidenceOf(dataset, unitOf, units, stream);
  const sideOf = deal(evidence, share, stream);
  polish(evidence, share, sideOf);
  const sides: [number[], number[]] = [[], []];
  for (const [picture, unit] of unitOf.entries()) sides[sideOf[unit]].push(picture);
  return { training: Uint32Array.from(sides[0]), validation: Uint32Array.from(sides[1]) };
}

/** Numbers what must stay together: groups, and pictures with the same path. */
function unitsOf(
  { pictures }: Dataset,
  groups: ArrayLike<string | number> | undefined,
): { unitOf: Uint32Array; units: number } {
  const partitions: ArrayLike<string | number>[] = [pictures.map(({ path }) => path)];
  if (groups !== undefined) {
    if (groups.length !== pictures.length) {
      throw new Error(`${groups.length} groups for ${pictures.length} pictures; wanted one for each.`);
    }
    partitions.push(groups);
  }
  const unitOf = together(pictures.length, ...partitions);
  return { unitOf, units: unitOf.reduce((most, unit) => Math.max(most, unit + 1), 0) };
}
