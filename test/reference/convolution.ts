// Conv and its two gradients: one walk over all products, summed up in three ways.
import type { Call, Operator } from "./operator.js";
import { float, type Value } from "./value.js";
import { axesOf, under } from "./window.js";

/**
 * The convolution of X [N, C, H, W] with W [K, C/group, kh, kw]: Y's shape, and a walk that calls `visit` with
 * the positions of y, x and w for each product x·w that is a term of y.
 */
function convolution(call: Call, x: readonly number[], w: readonly number[]) {
  const groups = call.int("group", 1);
  const [images, channels, ...spatial] = x;
  const [kernels, depth, ...kernel] = w;
  if (depth * groups !== channels || kernels % groups !== 0) {
    throw new RangeError(`Weights of shape [${w}] do not fit ${channels} channels in ${groups} groups.`);
  }
  const [rows, columns] = axesOf(call, spatial, kernel);
  const shape = [images, kernels, rows.output, columns.output];

  const walk = (visit: (y: number, x: number, w: number) => void): void => {
    for (let n = 0; n < images; n++) {
      for (let k = 0; k < kernels; k++) {
        const firstChannel = Math.floor(k / (kernels / groups)) * depth;
        for (let i = 0; i < rows.output; i++) {
          for (let j = 0; j < columns.output; j++) {
            const y = ((n * kernels + k) * rows.output + i) * columns.output + j;
            for (let c = 0; c < depth; c++) {
              for (let u = 0; u < rows.kernel; u++) {
                const h = under(rows, i, u);
                if (h < 0) continue;
                for (let v = 0; v < columns.kernel; v++) {
                  const l = under(columns, j, v);
                  if (l < 0) continue;
                  visit(
                    y,
                    ((n * channels + firstChannel + c) * rows.input + h) * columns.input + l,
                    ((k * depth + c) * rows.kernel + u) * columns.kernel + v,
                  );
                }
              }
            }
          }
        }
      }
    }
  };
  return { shape, walk };
}

function checkShape(name: string, value: Value, shape: readonly number[]): void {
  if (value.shape.join() !== shape.join()) {
    throw new RangeError(`${name} has shape [${value.shape}]; [${shape}] was expected.`);
  }
}

export const convolutions: Record<string, Operator> = {
  Conv: (call) => {
    const [x, w, bias] = [call.input(0), call.input(1), call.optional(2)];
    const { shape, walk } = convolution(call, x.shape, w.shape);
    const [images, kernels, height, width] = shape;
    const out = new Float64Array(images * kernels * height * width);
    if (bias)
      for (let i = 0; i < out.length; i++) out[i] = bias.data[Math.floor(i / (height * width)) % kernels];
    walk((y, i, j) => {
      out[y] += x.data[i] * w.data[j];
    });
    return float(shape, out);
  },
};

export const convolutionGradients: Record<string, Operator> = {
  /** (dY, W, X) → dX; of X only the shape is used. */
  ConvInputGradient: (call) => {
    const [dy, w, x] = [call.input(0), call.input(1), call.input(2)];
    const { shape, walk } = convolution(call, x.shape, w.shape);
    checkShape("dY", dy, shape);
    const out = new Float64Array(x.data.length);
    walk((y, i, j) => {
      out[i] += dy.data[y] * w.data[j];
    });
    return float(x.shape, out);
  },

  /** (dY, X, W) → dW; of W only the shape is used. */
  ConvWeightGradient: (call) => {
    const [dy, x, w] = [call.input(0), call.input(1), call.input(2)];
    const { shape, walk } = convolution(call, x.shape, w.shape);
    checkShape("dY", dy, shape);
    const out = new Float64Array(w.data.length);
    walk((y, i, j) => {
      out[j] += dy.data[y] * x.data[i];
    });
    return float(w.shape, out);
  },
};
