// Version 3 of oneDNN's C interface: memory descriptors are handles, primitives' descriptors are made at once.

import { argument } from "./codes.js";
import type { Constructors, Geometry } from "./constructors.js";
import { codeOf, type Described, type Descriptor, elementOfCode } from "./layout.js";
import { dimensions, type Handle, type Native, type Pointer } from "./native.js";

/** dnnl_query_t, for memory descriptors. */
const query = {
  strides: 14,
  rank: 256,
  dims: 257,
  element: 258,
  padded: 260,
  kind: 262,
  blockCount: 263,
  blockSizes: 264,
  blockAxes: 265,
} as const;
const BLOCKED = 2;
const ANY_TAG = 1;
/** dnnl_aBcd4b and its like, by the size of the block. */
const blockTags = new Map([
  [4, 84],
  [8, 102],
  [16, 78],
  [32, 83],
]);
const RANKS = 12;

export function version3(native: Native, engine: Handle): Constructors {
  const pointers = (count: number) => new Array<string>(count).fill("void *");
  const create = native.making("dnnl_memory_desc_create_with_strides", ["int", "void *", "int", "void *"]);
  const createByTag = native.making("dnnl_memory_desc_create_with_tag", ["int", "void *", "int", "int"]);
  const createPart = native.offering("dnnl_memory_desc_create_submemory", pointers(3));
  const clone = native.making("dnnl_memory_desc_clone", ["void *"]);
  const ask = native.checked("dnnl_memory_desc_query", ["void *", "int", "void *"]);
  const sizeOf = native.func<Pointer[], number | bigint>("dnnl_memory_desc_get_size", "size_t", ["void *"]);

  const number = (descriptor: Descriptor, what: number) => {
    const answer = new Int32Array(1);
    ask(descriptor, what, answer);
    return answer[0];
  };
  /** The library answers with the address of the list, except where it fills it in. */
  const list = (descriptor: Descriptor, what: number, count: number) => {
    const address = new BigUint64Array(1);
    ask(descriptor, what, address);
    if (count === 0) return [];
    return Array.from(new BigInt64Array(native.view(address[0], 8 * RANKS)).slice(0, count), Number);
  };
  const read = (descriptor: Descriptor): Described | undefined => {
    const rank = number(descriptor, query.rank);
    if (rank === 0) return undefined;
    const element = elementOfCode(number(descriptor, query.element));
    if (number(descriptor, query.kind) !== BLOCKED || element === undefined) return undefined;
    const count = number(descriptor, query.blockCount);
    const sizes = list(descriptor, query.blockSizes, count);
    return {
      element,
      dims: list(descriptor, query.dims, rank),
      padded: list(descriptor, query.padded, rank),
      strides: list(descriptor, query.strides, rank),
      blocks: list(descriptor, query.blockAxes, count).map((axis, i) => ({ axis, size: sizes[i] })),
      bytes: Number(sizeOf(descriptor)),
    };
  };

  const operation = (name: string, types: readonly string[]) => {
    const make = native.offering(`dnnl_${name}_primitive_desc_create`, ["uintptr_t", ...types, "uintptr_t"]);
    return (values: readonly Pointer[], attributes: Handle) => make(engine, ...values, attributes);
  };
  const windows = ({ strides, dilates, before, after }: Geometry) =>
    [strides, dilates, before, after].map(dimensions);
  const pooling = ({ strides, dilates, before, after }: Geometry, kernel: readonly number[]) =>
    [strides, kernel, dilates, before, after].map(dimensions);
  const together = (descriptors: readonly Descriptor[]) =>
    BigUint64Array.from(descriptors, (descriptor) => (typeof descriptor === "bigint" ? descriptor : 0n));

  const convolutionForward = operation("convolution_forward", ["int", "int", ...pointers(8)]);
  const convolutionBackwardData = operation("convolution_backward_data", [
    "int",
    ...pointers(7),
    "uintptr_t",
  ]);
  const convolutionBackwardWeights = operation("convolution_backward_weights", [
    "int",
    ...pointers(8),
    "uintptr_t",
  ]);
  const poolForward = operation("pooling_forward", ["int", "int", ...pointers(7)]);
  const poolBackward = operation("pooling_backward", ["int", ...pointers(7), "uintptr_t"]);
  const normalizationForward = operation("batch_normalization_forward", [
    "int",
    "void *",
    "void *",
    "float",
    "uint",
  ]);
  const normalizationBackward = operation("batch_normalization_backward", [
    "int",
    ...pointers(3),
    "float",
    "uint",
    "uintptr_t",
  ]);
  const eltwiseForward = operation("eltwise_forward", ["int", "int", "void *", "void *", "float", "float"]);
  const eltwiseBackward = operation("eltwise_backward", [
    "int",
    ...pointers(3),
    "float",
    "float",
    "uintptr_t",
  ]);
  const binary = operation("binary", ["int", ...pointers(3)]);
  const matmul = operation("matmul", pointers(4));
  const concat = operation("concat", ["void *", "int", "int", "void *"]);
  const sum = operation("sum", ["void *", "int", "void *", "void *"]);
  const appendSum = native.checked("dnnl_post_ops_append_sum", ["uintptr_t", "float", "int", "int"]);
  const appendEltwise = native.checked("dnnl_post_ops_append_eltwise", [
    "uintptr_t",
    "int",
    "float",
    "float",
  ]);
  const appendBinary = native.checked("dnnl_post_ops_append_binary", ["uintptr_t", "int", "void *"]);

  return {
    gradientTakesShift: false,
    postOperand: (index) => (32768 * (index + 1)) | argument.second,
    // Of 3.7.2's reorder: it stops too early where the outer of two blocks isn't full.
    fillsWrongly: ({ dims, padded, blocks }) =>
      blocks.length > 1 && blocks.some(({ axis }) => dims[axis] !== padded[axis]),
    algorithms: {
      relu: 0x20,
      clip: 0x2f,
      linear: 0x26,
      logistic: 0x29,
      root: 0x25,
      reluFromResult: 0x100,
      clipFromResult: 0x106,
    },
    flags: { givenStatistics: 0x1, scale: 0x2, shift: 0x4, relu: 0x8 },

    strided: (element, dims, strides) =>
      create(dims.length, dimensions(dims), codeOf(element), dimensions(strides)),
    blockedImages(element, dims, block) {
      const tag = blockTags.get(block);
      return tag === undefined ? undefined : createByTag(dims.length, dimensions(dims), codeOf(element), tag);
    },
    open: (element, dims) => createByTag(dims.length, dimensions(dims), codeOf(element), ANY_TAG),
    keep: (address) => clone(address),
    describe: read,
    part: (descriptor, dims, offsets) => createPart(descriptor, dimensions(dims), dimensions(offsets)),

    appendSum: (postOps) => appendSum(postOps, 1, 0, 0),
    appendEltwise: (postOps, algorithm, alpha, beta) => appendEltwise(postOps, algorithm, alpha, beta),
    appendBinary: (postOps, algorithm, operand) => appendBinary(postOps, algorithm, operand),

    convolutionForward: (kind, algorithm, source, weights, bias, result, geometry, attributes) =>
      convolutionForward([kind, algorithm, source, weights, bias, result, ...windows(geometry)], attributes),
    convolutionBackwardData: (algorithm, source, weights, result, geometry, hint, attributes) =>
      convolutionBackwardData([algorithm, source, weights, result, ...windows(geometry), hint], attributes),
    convolutionBackwardWeights: (algorithm, source, weights, bias, result, geometry, hint, attributes) =>
      convolutionBackwardWeights(
        [algorithm, source, weights, bias, result, ...windows(geometry), hint],
        attributes,
      ),
    poolForward: (kind, algorithm, source, result, kernel, geometry, attributes) =>
      poolForward([kind, algorithm, source, result, ...pooling(geometry, kernel)], attributes),
    poolBackward: (algorithm, source, result, kernel, geometry, hint, attributes) =>
      poolBackward([algorithm, source, result, ...pooling(geometry, kernel), hint], attributes),
    normalizationForward: (kind, data, epsilon, flags, attributes) =>
      normalizationForward([kind, data, data, epsilon, flags], attributes),
    normalizationBackward: (gradient, data, epsilon, flags, hint, attributes) =>
      normalizationBackward([128, gradient, gradient, data, epsilon, flags, hint], attributes),
    eltwiseForward: (kind, algorithm, data, alpha, beta, attributes) =>
      eltwiseForward([kind, algorithm, data, data, alpha, beta], attributes),
    eltwiseBackward: (algorithm, gradient, data, alpha, beta, hint, attributes) =>
      eltwiseBackward([algorithm, gradient, gradient, data, alpha, beta, hint], attributes),
    binary: (algorithm, first, second, result, attributes) =>
      binary([algorithm, first, second, result], attributes),
    matmul: (first, second, bias, result, attributes) => matmul([first, second, bias, result], attributes),
    concat: (result, axis, sources, attributes) =>
      concat([result, sources.length, axis, together(sources)], attributes),
    sum: (result, scales, sources, attributes) =>
      sum([result, sources.length, scales, together(sources)], attributes),
  };
}
