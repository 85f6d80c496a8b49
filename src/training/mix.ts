// Mixing: mixup and cutmix, by which each picture of a batch is made of two, and its targets too.
import { symmetricBeta } from "../base/beta.js";
import { permutation, type Random, random } from "../base/random.js";
import { type Tensor, tensor } from "../graph/tensor.js";
import type { Batch, Batches } from "./batches.js";

export interface MixOptions {
  /** α of mixup; where both are told, each batch takes one of them, as a coin falls. */
  readonly mixup?: number;
  /** α of cutmix. */
  readonly cutmix?: number;
  readonly seed: number;
}

/**
 * Batches of pictures (input `image`, uint8 [N, H, W, 3]), each mixed with another of its batch. λ from Beta(α, α) and
 * the partners (a random order of the batch) are drawn once a batch, as the authors of both papers do.
 *
 * - mixup (Zhang et al. 2017, arXiv:1710.09412): λ·x + (1 − λ)·x′, rounded to whole grey levels.
 * - cutmix (Yun et al. 2019, arXiv:1905.04899): a rectangle of x′ is put into x; λ is the part of x that is left.
 *
 * Targets are soft: λ·t + (1 − λ)·t′ for each label by itself; see `mixTargets`.
 */
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
      yield mixed(batch, this.options, random(this.options.seed, "mix", epoch, batch.step));
    }
  }
}

function mixed(batch: Batch, { mixup, cutmix }: MixOptions, stream: Random): Batch {
  const { shape, data } = batch.inputs.image;
  const pixels = data as Uint8Array;
  const blends = cutmix === undefined || (mixup !== undefined && stream.uniform() < 0.5);
  const drawn = symmetricBeta((blends ? mixup : cutmix) ?? 1, stream);
  const partners = permutation(batch.images, stream);
  const [images, share] = blends
    ? [blend(pixels, partners, drawn), drawn]
    : paste(pixels, partners, cutBox(drawn, shape[1], shape[2], stream), shape[1], shape[2]);
  return {
    ...batch,
    inputs: { ...batch.inputs, image: tensor("uint8", shape, images) },
    targets: mixTargets(batch.targets, partners, share),
  };
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
 * A rectangle of 1 − λ of the area, as wide beside its height as the picture, its middle anywhere; what of it lies
 * outside is lost. (The paper, equation 2, and its authors' code.)
 */
function cutBox(share: number, height: number, width: number, stream: Random): Rectangle {
  const side = Math.sqrt(1 - share);
  const [h, w] = [Math.floor(height * side), Math.floor(width * side)];
  const [y, x] = [stream.integer(height), stream.integer(width)];
  return {
    top: Math.max(0, y - Math.floor(h / 2)),
    left: Math.max(0, x - Math.floor(w / 2)),
    bottom: Math.min(height, y + Math.floor(h / 2)),
    right: Math.min(width, x + Math.floor(w / 2)),
  };
}

/** Each picture with its partner's rectangle in it, and the part of it that is left. */
function paste(
  pixels: Uint8Array,
  partners: Uint32Array,
  { top, left, bottom, right }: Rectangle,
  height: number,
  width: number,
): [Uint8Array, number] {
  const size = height * width * 3;
  const out = pixels.slice();
  partners.forEach((partner, i) => {
    for (let y = top; y < bottom; y++) {
      const [from, to] = [3 * (y * width + left), 3 * (y * width + right)];
      out.set(pixels.subarray(partner * size + from, partner * size + to), i * size + from);
    }
  });
  return [out, 1 - ((bottom - top) * (right - left)) / (height * width)];
}

/**
 * λ·t + (1 − λ)·t′ for each label. Where either is unknown (−1) and counts at all (λ or 1 − λ is above 0), so is the
 * mixture: half of an answer would be taken for a whole one.
 */
function mixTargets({ shape, data }: Tensor, partners: Uint32Array, share: number): Tensor {
  const targets = data as Float32Array;
  const labels = targets.length / partners.length;
  const out = new Float32Array(targets.length);
  partners.forEach((partner, i) => {
    for (let label = 0; label < labels; label++) {
      const [own, other] = [targets[i * labels + label], targets[partner * labels + label]];
      const unknown = (share > 0 && own < 0) || (share < 1 && other < 0);
      out[i * labels + label] = unknown ? -1 : share * Math.max(own, 0) + (1 - share) * Math.max(other, 0);
    }
  });
  return tensor("float32", shape, out);
}
