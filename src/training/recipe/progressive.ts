// Progressive resizing: epochs with small pictures first, which are quick, then with larger ones.

/** No more sizes than these: the graph is compiled for each. */
const STAGES = 4;
/** Sizes between the first and the last are multiples of it, which networks halve evenly. */
const STEP = 32;

/**
 * The side of each epoch's training pictures, in pixels: from `progressive` to `size` in at most four equal parts of
 * the run, whose sizes rise evenly (Tan and Le 2021, "EfficientNetV2: Smaller Models and Faster Training",
 * arXiv:2104.00298, section 4.2 and algorithm 1).
 *
 * @param progressive below `size`; undefined: all epochs have `size`
 */
export function sizesByEpoch({
  epochs,
  size,
  progressive = size,
}: {
  epochs: number;
  size: number;
  progressive?: number;
}): number[] {
  const stages = Math.max(1, Math.min(STAGES, epochs, 1 + Math.ceil((size - progressive) / STEP)));
  const sizes = Array.from({ length: stages }, (_, stage) => {
    if (stage === stages - 1) return size;
    if (stage === 0) return progressive;
    return STEP * Math.round((progressive + ((size - progressive) * stage) / (stages - 1)) / STEP);
  });
  return Array.from({ length: epochs }, (_, epoch) => sizes[Math.floor((epoch * stages) / epochs)]);
}
