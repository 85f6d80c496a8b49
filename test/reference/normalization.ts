// BatchNormalization: on given statistics, on the batch's own, and the gradient of the latter.
import { sizeOf } from "../../src/graph/tensor.js";
import type { Operator } from "./operator.js";
import { float } from "./value.js";

/** The channel of each element of [N, C, …], and how many elements a channel has. */
function channelsOf([images, channels, ...spatial]: readonly number[]) {
  const area = sizeOf(spatial);
  return { channels, count: images * area, channelOf: (i: number) => Math.floor(i / area) % channels };
}

/** The sum over each channel of `term(i)`. */
function channelSums(shape: readonly number[], term: (i: number) => number): Float64Array {
  const { channels, channelOf } = channelsOf(shape);
  const sums = new Float64Array(channels);
  for (let i = 0; i < sizeOf(shape); i++) sums[channelOf(i)] += term(i);
  return sums;
}

export const normalizations: Record<string, Operator> = {
  /** (X, scale, bias, mean, var) → Y = (X − mean) / √(var + epsilon) · scale + bias. */
  BatchNormalization: (call) => {
    if (call.int("training_mode", 0)) throw new Error("Training is BatchNormTraining's.");
    const [x, scale, bias, mean, variance] = [0, 1, 2, 3, 4].map((i) => call.input(i));
    const epsilon = call.float("epsilon", 1e-5);
    const { channelOf } = channelsOf(x.shape);
    return float(
      x.shape,
      x.data.map((v, i) => {
        const c = channelOf(i);
        return ((v - mean.data[c]) / Math.sqrt(variance.data[c] + epsilon)) * scale.data[c] + bias.data[c];
      }),
    );
  },
};

export const normalizationsInTraining: Record<string, Operator> = {
  /**
   * (X, scale, bias, mean, var) → (Y, nextMean, nextVar, batchMean, inverseDeviation). Y is normalised with the
   * biased variance of the batch; the running one takes the unbiased (S. Ioffe and C. Szegedy, Batch
   * Normalization, 2015, algorithms 1 and 2; momentum in PyTorch's sense, the share of the new).
   */
  BatchNormTraining: (call) => {
    const [x, scale, bias, oldMean, oldVariance] = [0, 1, 2, 3, 4].map((i) => call.input(i));
    const epsilon = call.float("epsilon", 1e-5);
    const momentum = call.float("momentum", 0.1);
    const { channels, count, channelOf } = channelsOf(x.shape);
    const mean = channelSums(x.shape, (i) => x.data[i]).map((sum) => sum / count);
    const squares = channelSums(x.shape, (i) => (x.data[i] - mean[channelOf(i)]) ** 2);
    const inverse = squares.map((sum) => 1 / Math.sqrt(sum / count + epsilon));
    const y = x.data.map((v, i) => {
      const c = channelOf(i);
      return (v - mean[c]) * inverse[c] * scale.data[c] + bias.data[c];
    });
    const next = (old: Float64Array, batch: Float64Array) =>
      float(
        [channels],
        old.map((v, c) => (1 - momentum) * v + momentum * batch[c]),
      );
    return [
      float(x.shape, y),
      next(oldMean.data, mean),
      next(
        oldVariance.data,
        squares.map((sum) => sum / (count - 1)),
      ),
      float([channels], mean),
      float([channels], inverse),
    ];
  },

  /**
   * (dY, X, scale, batchMean, inverseDeviation) → (dX, dScale, dBias). With x̂ the normalised X and n elements a
   * channel: dX = scale · inverseDeviation · (dY − Σ dY / n − x̂ · Σ dY·x̂ / n).
   */
  BatchNormGradient: (call) => {
    const [dy, x, scale, mean, inverse] = [0, 1, 2, 3, 4].map((i) => call.input(i));
    const { channels, count, channelOf } = channelsOf(x.shape);
    const normal = x.data.map((v, i) => (v - mean.data[channelOf(i)]) * inverse.data[channelOf(i)]);
    const dBias = channelSums(x.shape, (i) => dy.data[i]);
    const dScale = channelSums(x.shape, (i) => dy.data[i] * normal[i]);
    const dx = dy.data.map((v, i) => {
      const c = channelOf(i);
      return scale.data[c] * inverse.data[c] * (v - dBias[c] / count - (normal[i] * dScale[c]) / count);
    });
    return [float(x.shape, dx), float([channels], dScale), float([channels], dBias)];
  },
};
