// The binary cross-entropy of very many hard targets, by WebAssembly: assembly/bce.ts, block by block.
import { instantiate, type Memory } from "../base/wasm.js";
import { bceWasm } from "./bce-wasm.js";
import type { LossOptions, LossResult, LossShape } from "./loss.js";

/** What assembly/bce.ts exports. */
interface Kernel {
  readonly memory: Memory;
  readonly BLOCK: { readonly value: number };
  readonly odd: { readonly value: number };
  readonly known: { readonly value: number };
  bce(length: number, divisor: number): number;
}

let kernel: Kernel | undefined;

/** From so many elements on; for fewer, double is quick enough. */
const LEAST = 2 ** 16;

/**
 * Value and gradient, within 4 units in the last place of float32.
 * @returns undefined where it is none of its cases: few elements, weights or smoothing, soft targets, losses that
 *   are not reduced, and all that is to be refused
 */
export function bceOfHardTargets(
  logits: Float32Array,
  targets: Float32Array,
  {
    images,
    labels,
    reduction = "mean",
    positiveWeights,
    labelWeights,
    labelSmoothing = 0,
  }: LossShape & LossOptions,
): LossResult<number> | undefined {
  const { length } = logits;
  const plain = !positiveWeights && !labelWeights && labelSmoothing === 0 && reduction !== "none";
  if (!plain || length < LEAST || length !== images * labels || length !== targets.length) return undefined;
  kernel ??= instantiate<Kernel>(bceWasm);
  const { memory, BLOCK, odd, known, bce } = kernel;
  const block = BLOCK.value;
  const held = new Float32Array(memory.buffer);
  const found = held.subarray(2 * block, 3 * block);
  const divisor = reduction === "mean" ? length : reduction === "batchmean" ? images : 1;
  const gradient = new Float32Array(length);
  let [sum, count] = [0, 0];
  for (let from = 0; from < length; from += block) {
    const to = Math.min(from + block, length);
    held.set(logits.subarray(from, to));
    held.set(targets.subarray(from, to), block);
    const padded = Math.ceil((to - from) / 4) * 4;
    held.fill(-1, block + to - from, block + padded);
    sum += bce(padded, divisor);
    if (odd.value !== 0) return undefined;
    count += known.value;
    gradient.set(to - from === block ? found : found.subarray(0, to - from), from);
  }
  if (reduction !== "mean" || count === length) return { loss: sum / divisor, gradient };
  if (count === 0) return undefined;
  const factor = length / count;
  for (let i = 0; i < length; i++) gradient[i] *= factor;
  return { loss: sum / count, gradient };
}
