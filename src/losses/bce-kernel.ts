// The binary cross-entropy of very many elements, by WebAssembly: assembly/bce.ts, block by block.
import { type Memory, openKernel } from "../base/wasm.js";
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
  soft(length: number, divisor: number, smoothing: number): number;
}

let kernel: Kernel | undefined;

/** From so many elements on; for fewer, double is quick enough. */
const LEAST = 2 ** 16;

/** Of what `odd` says. */
const SOFT = 1;

/**
 * Value and gradient, within 4 units in the last place of float32, or where a soft target meets its own sigmoid within
 * 2⁻⁴⁸ of what cancels.
 * @returns undefined where it is none of its cases: few elements, losses that are not reduced, weights that might leave
 *   float32's range, and all that is to be refused
 */
export function bceOfMany(
  logits: Float32Array,
  targets: Float32Array,
  options: LossBatch & LossOptions,
): LossResult<number> | undefined {
  if (!isCase(logits, targets, options)) return undefined;
  const { length } = logits;
  const { images, labels, reduction = "mean", labelSmoothing = 0 } = options;
  const { gradient = new Float32Array(length) } = options;
  kernel ??= openKernel<Kernel>(bceWasm);
  const { memory, BLOCK, odd, known, weigh, bce, soft } = kernel;
  const block = BLOCK.value;
  const [ofLogits, ofTargets, ofGradient, ofWeights] = [0, 1, 2, 3].map(
    (part) => new Float32Array(memory.buffer, 4 * part * block, block),
  );
  const [ifThere, ifAbsent] = [2, 3].map((part) => new Float64Array(memory.buffer, 8 * part * block, block));
  const weights = weightsOfLabels(options, block);
  if (!weights) for (const all of [ofWeights, ifThere, ifAbsent]) all.fill(1);
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
    const loss = bce(padded, divisor);
    if (odd.value > SOFT) return undefined;
    sum += odd.value === SOFT || labelSmoothing > 0 ? soft(padded, divisor, labelSmoothing) : loss;
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
  const isUsual = (weight: number) => weight === 0 || (weight > 2 ** -32 && weight < 2 ** 32);
  return (
    logits.length >= LEAST &&
    reduction !== "none" &&
    labelSmoothing >= 0 &&
    labelSmoothing < 1 &&
    images > 0 &&
    Number.isInteger(images) &&
    Number.isInteger(labels) &&
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
): Record<"there" | "absent", Float64Array> | undefined {
  if (!positiveWeights && !labelWeights) return undefined;
  const ofLabel = (i: number) => labelWeights?.[i % labels] ?? 1;
  const each = { length: labels + block };
  return {
    there: Float64Array.from(each, (_, i) => ofLabel(i) * (positiveWeights?.[i % labels] ?? 1)),
    absent: Float64Array.from(each, (_, i) => ofLabel(i)),
  };
}
