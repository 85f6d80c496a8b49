// Mixing: mixup and cutmix, by which each picture of a batch is made of two, and its targets too.
import { symmetricBeta } from "../../base/beta.js";
import { permutation, type Random, random } from "../../base/random.js";
import { tensor } from "../../graph/tensor.js";
import type { Batch, Batches } from "./batches.js";

/** How pictures are mixed. */
export interface MixOptions {
  /** α of mixup; where both are told, each batch takes one of them, as a coin falls. */
  readonly mixup?: number;
  /** α of cutmix. */
  readonly cutmix?: number;
  readonly seed: number;
}

/** Pictures and their targets, as a training step takes them. */
export interface Mixable {
  /** RGB, uint8 [count, size, size, 3]. */
  readonly images: Uint8Array;
  /** float32 [count, labels]. */
  readonly targets: Float32Array;
  readonly count: number;
}

/**
 * A batch whose pictures are each mixed with another of it. λ from Beta(α, α) and the partners (a random order of the
 * batch) are drawn once a batch, as the authors of both papers do; seed, epoch and step fix them.
 *
 * - mixup (Zhang et al. 2017, arXiv:1710.09412): λ·x + (1 − λ)·x′, rounded to whole grey levels.
 * - cutmix (Yun et al. 2019, arXiv:1905.04899): a rectangle of x′ is put into x; λ is the part of x that is left.
 *
 * Targets are soft: λ·t + (1 − λ)·t′ for each label by itself. Where either is unknown (−1) so is the mixture.
 *
 * @param step the batch's place in the epoch
 * @throws RangeError if neither α is told, or one is not above 0
 */
export function mix(
  { images, targets, count }: Mixable,
  { mixup, cutmix, seed }: MixOptions,
  { epoch, step }: { epoch: number; step: number },
): Mixable {
  const alphas = [mixup, cutmix].filter((alpha) => alpha !== undefined);
  if (alphas.length === 0 || !alphas.every((alpha) => alpha > 0)) {
    throw new RangeError(`mixup is ${mixup}, cutmix ${cutmix}; one of them, or both, wanted above 0.`);
  }
  const stream = random(seed, "mix", epoch, step);
  const blends = cutmix === undefined || (mixup !== undefined && stream.uniform() < 0.5);
  const drawn = symmetricBeta((blends ? mixup : cutmix) ?? 1, stream);
  const partners = permutation(count, stream);
  const side = Math.sqrt(images.length / count / 3);
  const [pixels, share] = blends
    ? [blend(images, partners, drawn), drawn]
    : paste(images, partners, cutBox(drawn, side, stream), side);
  return { images: pixels, targets: mixTargets(targets, partners, share), count };
}

/** Batches of pictures (input `image`, uint8 [N, size, size, 3]), mixed. */
export class MixedBatches implements Batches {
  constructor(
    private readonly source: Batches,
    private readonly options: MixOptions,
  ) {}

  get pictures(): number {
    return this.source.pictures;
  }

  get steps(): number {
    return this.source.steps;
  }

  async *epoch(epoch: number, from?: number): AsyncGenerator<Batch> {
    for await (const batch of this.source.epoch(epoch, from)) {
      const { image } = batch.inputs;
      const whole = {
        images: image.data as Uint8Array,
        targets: batch.targets.data as Float32Array,
        count: batch.images,
      };
      const { images, targets } = mix(whole, this.options, { epoch, step: batch.step });
      yield {
        ...batch,
        inputs: { ...batch.inputs, image: tensor("uint8", image.shape, images) },
        targets: tensor("float32", batch.targets.shape, targets),
      };
    }
  }
}

/** λ·x + (1 − λ)·x′ for each picture x and its partner x′, to the nearest grey level. */
function blend(pixels: Uint8Array, partners: Uint32Array, share: number): Uint8Array {
  const size = pixels.length / partners.length;
  const out = new Uint8Array(pixels.length);
  partners.forEach((partner, i) => {
    const [own, other] = [i * size, partner * size];
    for (let k = 0; k < size; k++) {
      out[own + k] = share * pixels[own + k] + (1 - share) * pixels[other + k] + 0.5;
    }
  });
  return out;
}

interface Rectangle {
  top: number;
  left: number;
  bottom: number;
  right: number;
}

/**
 * A rectangle of 1 − λ of the area, its middle anywhere; what of it lies outside is lost. (The paper, equation 2, and
 * its authors' code.)
 */
function cutBox(share: number, side: number, stream: Random): Rectangle {
  const half = Math.floor(Math.floor(side * Math.sqrt(1 - share)) / 2);
  const [y, x] = [stream.integer(side), stream.integer(side)];
  return {
    top: Math.max(0, y - half),
    left: Math.max(0, x - half),
    bottom: Math.min(side, y + half),
    right: Math.min(side, x + half),
  };
}

/** Each picture with its partner's rectangle in it, and the part of it that is left. */
function paste(
  pixels: Uint8Array,
  partners: Uint32Array,
  { top, left, bottom, right }: Rectangle,
  side: number,
): [Uint8Array, number] {
  const size = side * side * 3;
  const out = pixels.slice();
  partners.forEach((partner, i) => {
    for (let y = top; y < bottom; y++) {
      const [from, to] = [3 * (y * side + left), 3 * (y * side + right)];
      out.set(pixels.subarray(partner * size + from, partner * size + to), i * size + from);
    }
  });
  return [out, 1 - ((bottom - top) * (right - left)) / (side * side)];
}

/**
 * λ·t + (1 − λ)·t′ for each label. Where either is unknown (−1) and counts at all (λ or 1 − λ is above 0), so is the
 * mixture: half of an answer would be taken for a whole one.
 */
function mixTargets(targets: Float32Array, partners: Uint32Array, share: number): Float32Array {
  const labels = targets.length / partners.length;
  const out = new Float32Array(targets.length);
  partners.forEach((partner, i) => {
    for (let label = 0; label < labels; label++) {
      const [own, other] = [targets[i * labels + label], targets[partner * labels + label]];
      const unknown = (share > 0 && own < 0) || (share < 1 && other < 0);
      out[i * labels + label] = unknown ? -1 : share * Math.max(own, 0) + (1 - share) * Math.max(other, 0);
    }
  });
  return out;
}
