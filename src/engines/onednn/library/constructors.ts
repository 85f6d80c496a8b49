// Constructors: what differs between the versions of oneDNN's C interface.
import type { Described, Descriptor, Element } from "./layout.js";
import type { Handle } from "./native.js";

/** dnnl_prop_kind_t. */
export const propagation = {
  training: 64,
  inference: 96,
  backward: 128,
  backwardData: 160,
} as const;

/** dnnl_alg_kind_t, of those that have the same number in all versions. */
export const algorithms = {
  convolution: 0x1,
  /** A convolution by Winograd's minimal filtering; not every version has it. */
  winograd: 0x2,
  maxPool: 0x1ff,
  averagePoolWithPads: 0x2ff,
  averagePool: 0x3ff,
  add: 0x1fff0,
  multiply: 0x1fff1,
  divide: 0x1fff4,
} as const;

/** Those that do not. */
export interface VersionedAlgorithms {
  readonly relu: number;
  readonly clip: number;
  readonly linear: number;
  readonly logistic: number;
  readonly root: number;
  /** Gradients that are computed from the result, not from the argument. */
  readonly reluFromResult: number;
  readonly clipFromResult: number;
}

/** dnnl_normalization_flags_t. */
export interface NormalizationFlags {
  readonly givenStatistics: number;
  readonly scale: number;
  readonly shift: number;
  readonly relu: number;
}

/** Sliding windows; every list is height, width. `dilates` counts what is left out: 0 where nothing is. */
export interface Geometry {
  readonly strides: readonly number[];
  readonly dilates: readonly number[];
  readonly before: readonly number[];
  readonly after: readonly number[];
}

/** An undefined result says that oneDNN has no implementation of that combination. */
type Offered = Handle | undefined;
/** dnnl_primitive_attr_t. */
type Attributes = Handle;

export interface Constructors {
  /** Whether the gradient of batch normalization is to be given the bias, though it needs none of it. */
  readonly gradientTakesShift: boolean;
  /** DNNL_ARG_*: the second operand of the post-op at that place in the order. */
  postOperand(index: number): number;
  /** Whether oneDNN fills such a layout wrongly from a row-major one. */
  fillsWrongly(layout: Described): boolean;
  readonly algorithms: VersionedAlgorithms;
  readonly flags: NormalizationFlags;

  /** A layout by its strides, in elements. */
  strided(element: Element, dims: readonly number[], strides: readonly number[]): Descriptor;
  /** Images with their channels in blocks of that size, which lie innermost; undefined for other sizes. */
  blockedImages(element: Element, dims: readonly number[], block: number): Descriptor | undefined;
  /** One that oneDNN is to choose. */
  open(element: Element, dims: readonly number[]): Descriptor;
  /** A copy of a descriptor that belongs to oneDNN. */
  keep(address: bigint): Descriptor;
  /** undefined for a layout that only oneDNN understands. */
  describe(descriptor: Descriptor): Described | undefined;
  /** The part of a layout that begins at `offsets`. */
  part(descriptor: Descriptor, dims: readonly number[], offsets: readonly number[]): Descriptor | undefined;

  appendSum(postOps: Handle): void;
  appendEltwise(postOps: Handle, algorithm: number, alpha: number, beta: number): void;
  appendBinary(postOps: Handle, algorithm: number, operand: Descriptor): void;

  convolutionForward(
    kind: number,
    algorithm: number,
    source: Descriptor,
    weights: Descriptor,
    bias: Descriptor | null,
    result: Descriptor,
    geometry: Geometry,
    attributes: Attributes,
  ): Offered;
  convolutionBackwardData(
    algorithm: number,
    source: Descriptor,
    weights: Descriptor,
    result: Descriptor,
    geometry: Geometry,
    hint: Handle,
    attributes: Attributes,
  ): Offered;
  convolutionBackwardWeights(
    algorithm: number,
    source: Descriptor,
    weights: Descriptor,
    bias: Descriptor | null,
    result: Descriptor,
    geometry: Geometry,
    hint: Handle,
    attributes: Attributes,
  ): Offered;
  poolForward(
    kind: number,
    algorithm: number,
    source: Descriptor,
    result: Descriptor,
    kernel: readonly number[],
    geometry: Geometry,
    attributes: Attributes,
  ): Offered;
  poolBackward(
    algorithm: number,
    source: Descriptor,
    result: Descriptor,
    kernel: readonly number[],
    geometry: Geometry,
    hint: Handle,
    attributes: Attributes,
  ): Offered;
  /** Source and result have the same layout. */
  normalizationForward(
    kind: number,
    data: Descriptor,
    epsilon: number,
    flags: number,
    attributes: Attributes,
  ): Offered;
  normalizationBackward(
    gradient: Descriptor,
    data: Descriptor,
    epsilon: number,
    flags: number,
    hint: Handle,
    attributes: Attributes,
  ): Offered;
  eltwiseForward(
    kind: number,
    algorithm: number,
    data: Descriptor,
    alpha: number,
    beta: number,
    attributes: Attributes,
  ): Offered;
  eltwiseBackward(
    algorithm: number,
    gradient: Descriptor,
    data: Descriptor,
    alpha: number,
    beta: number,
    hint: Handle,
    attributes: Attributes,
  ): Offered;
  binary(
    algorithm: number,
    first: Descriptor,
    second: Descriptor,
    result: Descriptor,
    attributes: Attributes,
  ): Offered;
  matmul(
    first: Descriptor,
    second: Descriptor,
    bias: Descriptor | null,
    result: Descriptor,
    attributes: Attributes,
  ): Offered;
  concat(result: Descriptor, axis: number, sources: readonly Descriptor[], attributes: Attributes): Offered;
  sum(
    result: Descriptor,
    scales: Float32Array,
    sources: readonly Descriptor[],
    attributes: Attributes,
  ): Offered;
}
