// Images and targets as a caller gives them, checked and made tensors.
import { sizeOf, type Tensor, type TensorOf, tensor } from "../../graph/tensor.js";

/**
 * Pictures [N, size, size, 3], row-major, RGB on the scale 0 … 255 (in either type of number; the network
 * normalises). A bare array's N is found from its length.
 */
export type Images =
  | Uint8Array
  | Float32Array
  | { readonly shape: readonly number[]; readonly data: Uint8Array | Float32Array };

/** Targets [N, labels], row-major: 1 there, 0 not there, −1 unknown, or soft in between. */
export type Targets = Float32Array | { readonly shape: readonly number[]; readonly data: Float32Array };

/** @throws RangeError if the shape is not [N, size, size, 3] with at least one picture */
export function imageTensor(images: Images, size: number): TensorOf<"uint8"> | TensorOf<"float32"> {
  const wanted = `[N, ${size}, ${size}, 3]`;
  const bare = images instanceof Uint8Array || images instanceof Float32Array;
  const data = bare ? images : images.data;
  const each = sizeOf([size, size, 3]);
  const shape = bare ? [data.length / each, size, size, 3] : images.shape;
  const given = bare ? `${data.length} values` : `shape [${shape.join(", ")}] with ${data.length} values`;
  const fits = shape.length === 4 && shape.slice(1).join() === `${size},${size},3`;
  if (!fits || !Number.isInteger(shape[0]) || shape[0] < 1 || sizeOf(shape) !== data.length) {
    throw new RangeError(
      `Images of ${given} were given; this network takes ${wanted}, ${each} values a picture. ` +
        "(Another size is chosen where the classifier is made: classifier(backbone, { size }).)",
    );
  }
  return data instanceof Float32Array ? tensor("float32", shape, data) : tensor("uint8", shape, data);
}

/** @throws RangeError if the shape is not [images, labels], or a target is neither −1 nor from 0 to 1 */
export function targetTensor(targets: Targets, images: number, labels: number): Tensor {
  const data = targets instanceof Float32Array ? targets : targets.data;
  const shape = targets instanceof Float32Array ? [images, labels] : targets.shape;
  if (shape.join() !== `${images},${labels}` || data.length !== images * labels) {
    const given =
      targets instanceof Float32Array ? `${data.length} targets` : `targets [${shape.join(", ")}]`;
    throw new RangeError(
      `${given} were given; ${images} images and ${labels} labels need [${images}, ${labels}], ` +
        `${images * labels} targets.`,
    );
  }
  const bad = data.findIndex((t) => t !== -1 && !(t >= 0 && t <= 1));
  if (bad >= 0) {
    throw new RangeError(
      `The target of image ${Math.floor(bad / labels)}, label ${bad % labels} is ${data[bad]}; ` +
        "a target is from 0 to 1, or −1 where it is unknown.",
    );
  }
  return tensor("float32", shape, data);
}
