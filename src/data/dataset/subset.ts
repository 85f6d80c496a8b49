// Subset: a part of a data set, as a data set.
import type { Dataset } from "./dataset.js";

/** The pictures of these indices, in this order. */
export function subset(dataset: Dataset, indices: Uint32Array): Dataset {
  const { pictures, groups } = dataset;
  const width = dataset.labels.length;
  const targets = new Float32Array(indices.length * width);
  for (const [to, from] of indices.entries()) {
    targets.set(dataset.targets.subarray(from * width, (from + 1) * width), to * width);
  }
  const chosen = Array.from(indices);
  return {
    ...dataset,
    pictures: chosen.map((i) => pictures[i]),
    targets,
    ...(groups && { groups: chosen.map((i) => groups[i]) }),
  };
}
