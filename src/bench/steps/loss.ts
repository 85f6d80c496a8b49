// The loss of a batch with very many labels: value and gradient.
import { bceWithLogits } from "../../losses/index.js";
import { type Prepare, stream } from "./step.js";

const [IMAGES, LABELS] = [1024, 10_000];

export const prepare: Prepare = async ({ keeps }) => {
  const drawn = stream();
  const logits = Float32Array.from({ length: IMAGES * LABELS }, () => 3 * drawn.normal());
  const targets = Float32Array.from(logits, () => (drawn.uniform() < 0.002 ? 1 : 0));
  const batch = {
    images: IMAGES,
    labels: LABELS,
    gradient: keeps ? new Float32Array(logits.length) : undefined,
  };
  return {
    versions: `Node ${process.version}`,
    items: IMAGES,
    step: async () => bceWithLogits(logits, targets, batch),
  };
};
