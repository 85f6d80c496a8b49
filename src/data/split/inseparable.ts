// Kept together: which pictures a split must not part.

import { together } from "../../base/grouping.js";
import type { Dataset } from "../dataset/dataset.js";
import { copiesOf } from "../files/same-bytes.js";

/**
 * A grouping for a split: pictures whose files hold the same bytes belong together, and so do those of one
 * of the data set's own groups, and near copies.
 *
 * @param nearCopies groups of pictures, by their indices, as `nearCopiesIn` finds them; default: none
 */
export async function keptTogether(
  { pictures, groups }: Dataset,
  nearCopies: readonly (readonly number[])[] = [],
): Promise<Uint32Array> {
  const copies = await copiesOf(pictures.map(({ path }) => path));
  const alike = Uint32Array.from(pictures.keys());
  for (const [first, ...others] of nearCopies) for (const other of others) alike[other] = first;
  return together(pictures.length, copies, alike, ...(groups === undefined ? [] : [groups]));
}
