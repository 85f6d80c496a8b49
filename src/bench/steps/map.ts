// The mean average precision of very many pictures and labels.
import { meanAveragePrecision } from "../../metrics/index.js";
import { type Prepare, stream } from "./step.js";

const [IMAGES, LABELS] = [100_000, 1000];

export const prepare: Prepare = async () => {
  const drawn = stream();
  const scores = new Float32Array(IMAGES * LABELS);
  for (let i = 0; i < scores.length; i++) scores[i] = drawn.uniform();
  const targets = scores.map((score) => (drawn.uniform() < 0.02 * score ? 1 : 0));
  return {
    versions: `Node ${process.version}`,
    items: IMAGES,
    step: async () => meanAveragePrecision(scores, targets, { images: IMAGES, labels: LABELS }),
  };
};
