// Copies: what a run does about pictures that show the same, of which one may be learned from and another validated on.

import type { Dataset } from "../../data/dataset/dataset.js";
import { nearCopiesIn } from "../../data/duplicates/near-copies-in.js";
import type { NearCopiesEvent } from "../events/events.js";
import type { Hooks } from "../events/hooks.js";
import { Advancing } from "../events/pace.js";
import type { Choice } from "../recipe/choice.js";
import type { Places } from "../recipe/places.js";
import { leaked, type NearCopies, type ReadSets } from "./read-datasets.js";

/** Decodes all pictures, and tells how far that is. */
export function lookForNearCopies(
  set: Dataset,
  workers: number | undefined,
  { emit, signal }: Hooks<NearCopiesEvent>,
): Promise<NearCopies> {
  const advancing = new Advancing(set.pictures.length);
  return nearCopiesIn(set, {
    workers,
    signal,
    onProgress: (done) => emit({ event: "near-copies", ...advancing.to(done) }),
  });
}

/** What was done about images that are on both sides, or would have been. */
export async function tellCopies(sets: ReadSets, { val, nearCopies }: Places): Promise<Choice[]> {
  if (val !== undefined) {
    const both = await leaked(sets);
    if (both === 0) return [];
    const are = both === 1 ? "image is" : "images are";
    const reason =
      `${both} validation ${are} among the training images too (the same bytes), which makes every measure too good; ` +
      "multihot check DATA --val DATA lists what is in both";
    return [{ option: "val", value: null, reason }];
  }
  if (nearCopies === "ignore") return [];
  const groups = sets.nearCopies.length;
  const stay =
    groups === 1
      ? "1 group of images that look alike stays"
      : `${groups} groups of images that look alike stay`;
  const reason =
    groups === 0
      ? "no image looks like another one"
      : `${stay} on one side, ${sets.nearCopies.flat().length} images in all; the run lists them in near-copies.json`;
  return [{ option: "nearCopies", value: "together", reason }];
}
