// Copies: what a run does about pictures that show the same, of which one may be learned from and another validated on.

import type { Dataset } from "../../data/dataset/dataset.js";
import { nearCopiesIn } from "../../data/duplicates/near-copies-in.js";
import type { NearCopiesEvent } from "../events/events.js";
import type { Hooks } from "../events/hooks.js";
import { Advancing } from "../events/pace.js";
import type { Places } from "../recipe/defaults.js";
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

/** What was done about pictures that are on both sides, or would have been. */
export async function tellCopies(sets: ReadSets, { val, nearCopies }: Places): Promise<string[]> {
  if (val !== undefined) {
    const both = await leaked(sets);
    if (both === 0) return [];
    const are = both === 1 ? "picture is" : "pictures are";
    return [
      `${both} validation ${are} among the training pictures too (the same bytes), which makes every measure too good; ` +
        "multihot check DATA --val DATA lists what is in both",
    ];
  }
  if (nearCopies === "ignore") return [];
  const groups = sets.nearCopies.length;
  if (groups === 0) return ["--near-copies together: no picture looks like another one"];
  const stay =
    groups === 1
      ? "1 group of pictures that look alike stays"
      : `${groups} groups of pictures that look alike stay`;
  return [
    `--near-copies together: ${stay} on one side, ${sets.nearCopies.flat().length} pictures in all; the run lists them in ` +
      "near-copies.json",
  ];
}
