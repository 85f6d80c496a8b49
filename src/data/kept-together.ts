// Kept together: which pictures a split must not part.
import { copiesOf } from "./copies.js";
import type { Dataset } from "./dataset.js";
import { together } from "./together.js";

/**
 * A grouping for a split: pictures whose files hold the same bytes belong together, and so do those of one
 * of the data set's own groups.
 */
export async function keptTogether({ pictures, groups }: Dataset): Promise<Uint32Array> {
  const copies = await copiesOf(pictures.map(({ path }) => path));
  return together(pictures.length, copies, ...(groups === undefined ? [] : [groups]));
}
