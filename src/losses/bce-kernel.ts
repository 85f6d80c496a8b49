// The binary cross-entropy of very many hard targets, by WebAssembly: assembly/bce.ts, block by block.
import { instantiate, type Memory } from "../base/wasm.js";
import { bceWasm } from "./bce-wasm.js";
import { overlap } from "./inputs.js";
import type { LossBatch, LossOptions, LossResult } from "./loss.js";

/** What assembly/bce.ts exports. */
interface Kernel {
  readonly memory: Memory;
  readonly BLOCK: { readonly value: number };
  readonly odd: { readonly value: number };
  readonly known: { readonly value: number };
  weigh(length: number): void;
  bce(length: number, divisor: number): number;
}

let kernel: Kernel | undefined;

/** From so many elements on; for fewer, double is quick enough. */
const LEAST = 2 ** 16;

/**
 * Value and gradient, within 4 units in the last place of float32.
 * @returns undefined where it is none of its cases: few elements, smoothing, soft targets, losses that are not
 *   reduced, weights that might leave float32's range, and all that is to be refused
 */
export function bceOfHardTargets(
  logits: Float32Array,
  targets: Float32Array,
  options: LossBatch & LossOptions,
): LossResult<number> | undefined {
  if (!isCase(logits, targets, options)) return undefined;
  const { length } = logits;
  const { images, labels, reduction = "mean", gradient = new Float32Array(length) } = options;
  kernel ??= instantiate<Kernel>(bceWasm);
  const { memory, BLOCK, odd, known, weigh, bce } = kernel;
  const block = BLOCK.value;
  const [ofLogits, ofTargets, ofGradient, ofWeights, ifThere, ifAbsent] = Array.from(
    { length: 6 },
    (_, part) => new Float32Array(memory.buffer, 4 * part * block, block),
  );
  const weights = weightsOfLabels(options, block);
  if (!weights) ofWeights.fill(1);
  const divisor = reduction === "mean" ? length : reduction === "batchmean" ? images : 1;
  let [sum, count] = [0, 0];
  for (let from = 0; from < length; from += block) {
    const to = Math.min(from + block, length);
    const padded = Math.ceil((to - from) / 4) * 4;
    ofLogits.set(logits.subarray(from, to));
    ofTargets.set(targets.subarray(from, to));
    ofTargets.fill(-1, to - from, padded);
    if (weights) {
      const first = from % labels;
      ifThere.set(weights.there.subarray(first, first + block));
      ifAbsent.set(weights.absent.subarray(first, first + block));
      weigh(padded);
    }
    sum += bce(padded, divisor);
    if (odd.value !== 0) return undefined;
    count += known.value;
    gradient.set(ofGradient.subarray(0, to - from), from);
  }
  if (reduction !== "mean" || count === length) return { loss: sum / divisor, gradient };
  if (count === 0) return undefined;
  const factor = length / count;
  for (let i = 0; i < length; i++) gradient[i] *= factor;
  return { loss: sum / count, gradient };
}

function isCase(logits: Float32Array, targets: Float32Array, options: LossBatch & LossOptions): boolean {
  const { images, labels, reduction, labelSmoothing = 0, gradient } = options;
  const { positiveWeights, labelWeights } = options;
  if (logits.length < LEAST || labelSmoothing !== 0 || reduction === "none") return false;
  const isUsual = (weight: number) => weight === 0 || (weight > 2 ** -32 && weight < 2 ** 32);
  return (
    [logits, targets, gradient].every((array) => !array || array.length === images * labels) &&
    !(gradient && (overlap(gradient, logits) || overlap(gradient, targets))) &&
    [positiveWeights, labelWeights].every(
      (weights) => !weights || (weights.length === labels && Array.from(weights).every(isUsual)),
    )
  );
}

/** What positives and negatives weigh, over and over, so that a block that begins at any label has its own in a row. */
function weightsOfLabels(
  { labels, positiveWeights, labelWeights }: LossBatch & LossOptions,
  block: number,
): Record<"there" | "absent", Float32Array> | undefined {
  if (!positiveWeights && !labelWeights) return undefined;
  const ofLabel = (i: number) => labelWeights?.[i % labels] ?? 1;
  const each = { length: labels + block };
  return {
    there: Float32Array.from(each, (_, i) => ofLabel(i) * (positiveWeights?.[i % labels] ?? 1)),
    absent: Float32Array.from(each, (_, i) => ofLabel(i)),
  };
}
