// Near copies of a data set: the pictures that a split should keep on one side, though their files differ.
import { grouped } from "../../base/grouped.js";
import type { Dataset } from "../dataset/dataset.js";
import { type LookOptions, lookAt } from "./looks.js";
import { nearCopies } from "./near-copies.js";

/**
 * Groups of more pictures than this part of the set tell that its pictures (scans, X-rays, frames of one camera) look
 * too much alike for a hash to know copies by: a split that kept them together could keep no label's share.
 */
const mostOfSet = 0.1;
/** Of sets so small that a tenth is next to nothing. */
const mostAnyway = 10;

/**
 * Decodes all pictures of the data set and finds those that look alike, as the same photograph does that was
 * encoded anew or resized, by a perceptual hash. Pictures that cannot be read are like no other.
 *
 * @returns groups of two pictures or more, each by its index, ascending; without groups of more than a tenth of
 *   the set (but 10 pictures, or half of a set that is smaller than 20, always may be one)
 */
export async function nearCopiesIn({ pictures }: Dataset, options: LookOptions = {}): Promise<number[][]> {
  const looks = await lookAt(
    pictures.map(({ path }) => path),
    options,
  );
  const groupOf = nearCopies(looks.map((look) => ("fingerprint" in look ? look.fingerprint : undefined)));
  const most = Math.min(pictures.length / 2, Math.max(mostAnyway, mostOfSet * pictures.length));
  const groups = grouped(pictures.keys(), (i) => groupOf[i]).values();
  return [...groups].filter(({ length }) => length > 1 && length <= most);
}
