// Key: what the features of a picture depend on beside the picture.
import { createHash } from "node:crypto";
import type { Transform } from "../../../data/transform/crop-plan.js";
import type { Engine } from "../../../engines/engine.js";
import type { Graph } from "../../../graph/graph.js";

/**
 * A number for all that is equal where features are equal bit for bit: the trunk and its weights, the engine, the
 * transform, and where that is random the seed and the view.
 */
export function featuresKey(
  { inputs, outputs, nodes, initializers }: Graph,
  { description }: Engine,
  transform: Transform,
  { seed, view }: { seed: number; view: number },
): string {
  const drawn = transform.kind === "augment" || transform.randAugment ? { seed, view } : {};
  const hash = createHash("sha256");
  hash.update(JSON.stringify({ inputs, outputs, nodes, description, transform, drawn }));
  for (const [name, { type, shape, data }] of initializers) {
    hash.update(JSON.stringify({ name, type, shape }));
    hash.update(new Uint8Array(data.buffer, data.byteOffset, data.byteLength));
  }
  return hash.digest("hex");
}
