// Version 2 of oneDNN's C interface: memory descriptors are structures, operations are described, then made.

import { argument } from "./codes.js";
import type { Constructors, Geometry } from "./constructors.js";
import { codeOf, type Described, type Descriptor, elementOfCode } from "./layout.js";
import { dimensions, type Handle, type Native, type Pointer } from "./native.js";

/** dnnl_memory_desc_t: its size, and where its fields lie, in bytes. */
const SIZE = 696;
const at = {
  rank: 0,
  dims: 8,
  element: 104,
  padded: 112,
  kind: 312,
  strides: 320,
  blockCount: 416,
  blockSizes: 424,
  blockAxes: 520,
} as const;
const BLOCKED = 2;
/** Greater than any operation's descriptor. */
const OPERATION = 16384;
const ANY_TAG = 1;
/** dnnl_aBcd4b and its like, by the size of the block. */
const blockTags = new Map([
  [4, 75],
  [8, 93],
  [16, 69],
  [32, 74],
]);

function read(descriptor: Descriptor): Omit<Described, "bytes"> | undefined {
  if (typeof descriptor === "bigint") throw new TypeError("Version 2 has no descriptors at an address.");
  const view = new DataView(descriptor.buffer, descriptor.byteOffset, SIZE);
  const list = (offset: number, count: number) =>
    Array.from({ length: count }, (_, i) => Number(view.getBigInt64(offset + 8 * i, true)));
  const rank = view.getInt32(at.rank, true);
  const element = elementOfCode(view.getInt32(at.element, true));
  if (view.getInt32(at.kind, true) !== BLOCKED || element === undefined) return undefined;
  const count = view.getInt32(at.blockCount, true);
  const sizes = list(at.blockSizes, count);
  return {
    element,
    dims: list(at.dims, rank),
    padded: list(at.padded, rank),
    strides: list(at.strides, rank),
    blocks: list(at.blockAxes, count).map((axis, i) => ({ axis, size: sizes[i] })),
  };
}

export function version2(native: Native, engine: Handle): Constructors {
  const pointers = (count: number) => new Array<string>(count).fill("void *");
  const initByStrides = native.checked("dnnl_memory_desc_init_by_strides", [
    "void *",
    "int",
    "void *",
    "int",
    "void *",
  ]);
  const initByTag = native.checked("dnnl_memory_desc_init_by_tag", ["void *", "int", "void *", "int", "int"]);
  const initPart = native.func<Pointer[], number>("dnnl_memory_desc_init_submemory", "int", pointers(4));
  const sizeOf = native.func<Pointer[], number | bigint>("dnnl_memory_desc_get_size", "size_t", ["void *"]);
  const make = native.offering("dnnl_primitive_desc_create", [
    "void *",
    "uintptr_t",
    "uintptr_t",
    "uintptr_t",
  ]);

  /** An operation's descriptor is filled in, and its primitive's descriptor made from it. */
  const operation = (name: string, types: readonly string[]) => {
    const init = native.func<Pointer[], number>(`dnnl_${name}_desc_init`, "int", ["void *", ...types]);
    return (values: readonly Pointer[], attributes: Handle, hint: Handle = 0n) => {
      const described = new Uint8Array(OPERATION);
      return init(described, ...values) === 0 ? make(described, attributes, engine, hint) : undefined;
    };
  };
  const windows = ({ strides, dilates, before, after }: Geometry) =>
    [strides, dilates, before, after].map(dimensions);
  const pooling = ({ strides, dilates, before, after }: Geometry, kernel: readonly number[]) =>
    [strides, kernel, dilates, before, after].map(dimensions);
  const together = (descriptors: readonly Descriptor[]) => {
    const list = new Uint8Array(SIZE * descriptors.length);
    descriptors.forEach((descriptor, i) => {
      if (typeof descriptor !== "bigint") list.set(descriptor, SIZE * i);
    });
    return list;
  };

  const convolutionForward = operation("dilated_convolution_forward", ["int", "int", ...pointers(8)]);
  const convolutionBackwardData = operation("dilated_convolution_backward_data", ["int", ...pointers(7)]);
  const convolutionBackwardWeights = operation("dilated_convolution_backward_weights", [
    "int",
    ...pointers(8),
  ]);
  const poolForward = operation("pooling_v2_forward", ["int", "int", ...pointers(7)]);
  const poolBackward = operation("pooling_v2_backward", ["int", ...pointers(7)]);
  const normalizationForward = operation("batch_normalization_forward", ["int", "void *", "float", "uint"]);
  const normalizationBackward = operation("batch_normalization_backward", [
    "int",
    "void *",
    "void *",
    "float",
    "uint",
  ]);
  const eltwiseForward = operation("eltwise_forward", ["int", "int", "void *", "float", "float"]);
  const eltwiseBackward = operation("eltwise_backward", ["int", "void *", "void *", "float", "float"]);
  const binary = operation("binary", ["int", ...pointers(3)]);
  const matmul = operation("matmul", pointers(4));
  const concat = native.offering("dnnl_concat_primitive_desc_create", [
    "void *",
    "int",
    "int",
    "void *",
    "uintptr_t",
    "uintptr_t",
  ]);
  const sum = native.offering("dnnl_sum_primitive_desc_create", [
    "void *",
    "int",
    "void *",
    "void *",
    "uintptr_t",
    "uintptr_t",
  ]);
  const appendSum = native.checked("dnnl_post_ops_append_sum", ["uintptr_t", "float"]);
  const appendEltwise = native.checked("dnnl_post_ops_append_eltwise", [
    "uintptr_t",
    "float",
    "int",
    "float",
    "float",
  ]);
  const appendBinary = native.checked("dnnl_post_ops_append_binary", ["uintptr_t", "int", "void *"]);

  return {
    gradientTakesShift: true,
    postOperand: (index) => (16384 * (index + 1)) | argument.second,
    fillsWrongly: () => false,
    algorithms: {
      relu: 0x1f,
      clip: 0x10,
      linear: 0x7f,
      logistic: 0xaf,
      root: 0x6f,
      reluFromResult: 0x100,
      clipFromResult: 0x106,
    },
    flags: { givenStatistics: 0x1, scale: 0x8, shift: 0x10, relu: 0x4 },

    strided(element, dims, strides) {
      const made = new Uint8Array(SIZE);
      initByStrides(made, dims.length, dimensions(dims), codeOf(element), dimensions(strides));
      return made;
    },
    blockedImages(element, dims, block) {
      const tag = blockTags.get(block);
      if (tag === undefined) return undefined;
      const made = new Uint8Array(SIZE);
      initByTag(made, dims.length, dimensions(dims), codeOf(element), tag);
      return made;
    },
    open(element, dims) {
      const made = new Uint8Array(SIZE);
      initByTag(made, dims.length, dimensions(dims), codeOf(element), ANY_TAG);
      return made;
    },
    keep: (address) => new Uint8Array(native.view(address, SIZE).slice(0)),
    describe(descriptor) {
      const described = read(descriptor);
      return described && { ...described, bytes: Number(sizeOf(descriptor)) };
    },
    part(descriptor, dims, offsets) {
      const made = new Uint8Array(SIZE);
      return initPart(made, descriptor, dimensions(dims), dimensions(offsets)) === 0 ? made : undefined;
    },

    appendSum: (postOps) => appendSum(postOps, 1),
    appendEltwise: (postOps, algorithm, alpha, beta) => appendEltwise(postOps, 1, algorithm, alpha, beta),
    appendBinary: (postOps, algorithm, operand) => appendBinary(postOps, algorithm, operand),

    convolutionForward: (kind, algorithm, source, weights, bias, result, geometry, attributes) =>
      convolutionForward([kind, algorithm, source, weights, bias, result, ...windows(geometry)], attributes),
    convolutionBackwardData: (algorithm, source, weights, result, geometry, hint, attributes) =>
      convolutionBackwardData([algorithm, source, weights, result, ...windows(geometry)], attributes, hint),
    convolutionBackwardWeights: (algorithm, source, weights, bias, result, geometry, hint, attributes) =>
      convolutionBackwardWeights(
        [algorithm, source, weights, bias, result, ...windows(geometry)],
        attributes,
        hint,
      ),
    poolForward: (kind, algorithm, source, result, kernel, geometry, attributes) =>
      poolForward([kind, algorithm, source, result, ...pooling(geometry, kernel)], attributes),
    poolBackward: (algorithm, source, result, kernel, geometry, hint, attributes) =>
      poolBackward([algorithm, source, result, ...pooling(geometry, kernel)], attributes, hint),
    normalizationForward: (kind, data, epsilon, flags, attributes) =>
      normalizationForward([kind, data, epsilon, flags], attributes),
    normalizationBackward: (gradient, data, epsilon, flags, hint, attributes) =>
      normalizationBackward([128, gradient, data, epsilon, flags], attributes, hint),
    eltwiseForward: (kind, algorithm, data, alpha, beta, attributes) =>
      eltwiseForward([kind, algorithm, data, alpha, beta], attributes),
    eltwiseBackward: (algorithm, gradient, data, alpha, beta, hint, attributes) =>
      eltwiseBackward([algorithm, gradient, data, alpha, beta], attributes, hint),
    binary: (algorithm, first, second, result, attributes) =>
      binary([algorithm, first, second, result], attributes),
    matmul: (first, second, bias, result, attributes) => matmul([first, second, bias, result], attributes),
    concat: (result, axis, sources, attributes) =>
      concat(result, sources.length, axis, together(sources), attributes, engine),
    sum: (result, scales, sources, attributes) =>
      sum(result, sources.length, scales, together(sources), attributes, engine),
  };
}
