// Normalizations, on given statistics and on their own, and the gradients of the latter.
import { sizeOf } from "../../src/graph/tensor.js";
import type { Call, Operator } from "./operator.js";
import { axisOf, float } from "./value.js";

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

/** x̂ of rows of `length` elements each, with their means and 1/√(var + epsilon). */
function normalRows(x: Float64Array, length: number, epsilon: number) {
  const rows = x.length / length;
  const [mean, inverse] = [new Float64Array(rows), new Float64Array(rows)];
  const normal = new Float64Array(x.length);
  for (let row = 0; row < rows; row++) {
    const values = x.subarray(row * length, (row + 1) * length);
    mean[row] = values.reduce((sum, v) => sum + v, 0) / length;
    const variance = values.reduce((sum, v) => sum + (v - mean[row]) ** 2, 0) / length;
    inverse[row] = 1 / Math.sqrt(variance + epsilon);
    values.forEach((v, i) => {
      normal[row * length + i] = (v - mean[row]) * inverse[row];
    });
  }
  return { mean, inverse, normal };
}

/** The axis where the rows begin, and their length. */
function rowsOf(call: Call, shape: readonly number[]) {
  const axis = axisOf(call.int("axis", -1), shape.length);
  return { axis, length: sizeOf(shape.slice(axis)) };
}

/** Groups of channels of [N, C, …] normalised, then scaled and shifted channel by channel. */
function groups(call: Call, count: number, ofChannel: (of: Float64Array, channel: number) => number) {
  const [x, scale, bias] = [0, 1, 2].map((i) => call.input(i));
  const { normal } = normalRows(x.data, x.data.length / (x.shape[0] * count), call.float("epsilon", 1e-5));
  const { channelOf } = channelsOf(x.shape);
  return float(
    x.shape,
    normal.map((v, i) => v * ofChannel(scale.data, channelOf(i)) + ofChannel(bias.data, channelOf(i))),
  );
}

export const normalizations: Record<string, Operator> = {
  /** (X, scale, bias?) → (Y, mean, 1/√(var + epsilon)), over the axes from `axis` on. */
  LayerNormalization: (call) => {
    const [x, scale] = [call.input(0), call.input(1)];
    const { axis, length } = rowsOf(call, x.shape);
    const { mean, inverse, normal } = normalRows(x.data, length, call.float("epsilon", 1e-5));
    const bias = call.optional(2);
    const statistic = x.shape.map((n, i) => (i < axis ? n : 1));
    const y = normal.map((v, i) => v * scale.data[i % length] + (bias?.data[i % length] ?? 0));
    return [float(x.shape, y), float(statistic, mean), float(statistic, inverse)];
  },
  InstanceNormalization: (call) => groups(call, call.input(0).shape[1], (of, channel) => of[channel]),
  /** Scale and bias for each channel or for each group. */
  GroupNormalization: (call) => {
    const channels = call.input(0).shape[1];
    return groups(
      call,
      call.int("num_groups", 1),
      (of, channel) => of[Math.floor((channel * of.length) / channels)],
    );
  },
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
  /** (dY, X, scale, mean, 1/√(var + epsilon)) → (dX, dScale, dBias). */
  LayerNormGradient: (call) => {
    const [dy, x, scale, mean, inverse] = [0, 1, 2, 3, 4].map((i) => call.input(i));
    const { length } = rowsOf(call, x.shape);
    const [dx, dScale, dBias] = [x.data.length, length, length].map((n) => new Float64Array(n));
    for (let row = 0; row < x.data.length / length; row++) {
      const at = (i: number) => row * length + i;
      const normal = (i: number) => (x.data[at(i)] - mean.data[row]) * inverse.data[row];
      let [sum, along] = [0, 0];
      for (let i = 0; i < length; i++) {
        const g = dy.data[at(i)] * scale.data[i];
        sum += g;
        along += g * normal(i);
        dScale[i] += dy.data[at(i)] * normal(i);
        dBias[i] += dy.data[at(i)];
      }
      for (let i = 0; i < length; i++) {
        const g = dy.data[at(i)] * scale.data[i];
        dx[at(i)] = inverse.data[row] * (g - sum / length - (normal(i) * along) / length);
      }
    }
    return [float(x.shape, dx), float(scale.shape, dScale), float(scale.shape, dBias)];
  },
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
