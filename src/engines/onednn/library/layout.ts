// Layout: how the elements of a tensor lie in memory, read from oneDNN's memory descriptors.

/** The element types that memory holds; oneDNN knows all but doubles. */
export type Element = "bf16" | "f32" | "f64" | "s32" | "s8" | "u8";

/** dnnl_data_type_t. */
const codes: Partial<Record<Element, number>> = { bf16: 2, f32: 3, s32: 4, s8: 5, u8: 6 };

export const elementBytes: Readonly<Record<Element, number>> = {
  bf16: 2,
  f32: 4,
  f64: 8,
  s32: 4,
  s8: 1,
  u8: 1,
};

export function codeOf(element: Element): number {
  const code = codes[element];
  if (code === undefined) throw new TypeError("oneDNN does not compute with doubles.");
  return code;
}

export function elementOfCode(code: number): Element | undefined {
  return (Object.keys(codes) as Element[]).find((element) => codes[element] === code);
}

/** A memory descriptor as the C interface takes it: the structure of version 2, or the address of version 3's. */
export type Descriptor = Uint8Array | bigint;

/** What can be asked of a memory descriptor. */
export interface Described {
  readonly element: Element;
  readonly dims: readonly number[];
  /** `dims`, filled up to whole blocks. */
  readonly padded: readonly number[];
  /** Of the outermost part of each axis, in elements. */
  readonly strides: readonly number[];
  /** The blocks that lie innermost, from the outer to the inner. */
  readonly blocks: readonly Block[];
  readonly bytes: number;
}

export interface Block {
  readonly axis: number;
  readonly size: number;
}

/** One of a kind: two layouts are equal exactly if they are the same object. */
export interface Layout extends Described {
  readonly descriptor: Descriptor;
  /** Whether memory holds the elements row-major without gaps, as ONNX's tensors do. */
  readonly plain: boolean;
  readonly key: string;
}

export function rowMajor(dims: readonly number[]): number[] {
  const strides = new Array<number>(dims.length);
  let stride = 1;
  for (let axis = dims.length - 1; axis >= 0; axis--) {
    strides[axis] = stride;
    stride *= Math.max(1, dims[axis]);
  }
  return strides;
}

export function keyOf({ element, dims, padded, strides, blocks, bytes }: Described): string {
  // The stride of an axis of one element says nothing.
  const told = strides.map((stride, axis) => (padded[axis] === 1 ? 0 : stride));
  const inner = blocks.map(({ axis, size }) => `${size}${"abcdefghijkl"[axis]}`).join("");
  return `${element}[${dims}|${padded}|${told}]${inner}:${bytes}`;
}

/** One of the loops that walk through memory in its order: along an axis, by `step` of its elements. */
export interface Loop {
  readonly axis: number;
  readonly count: number;
  readonly step: number;
  /** Distance in memory, in elements. */
  readonly stride: number;
}

/** The loops that visit a layout's memory, padding too, the outermost first; those of one element left out. */
export function loopsOf({ padded, strides, blocks }: Omit<Described, "bytes" | "element">): Loop[] {
  const inner: Loop[] = [];
  const steps = padded.map(() => 1);
  let stride = 1;
  for (const { axis, size } of blocks.toReversed()) {
    inner.unshift({ axis, count: size, step: steps[axis], stride });
    steps[axis] *= size;
    stride *= size;
  }
  const outer = padded.map((size, axis) => ({
    axis,
    count: size / steps[axis],
    step: steps[axis],
    stride: strides[axis],
  }));
  outer.sort((a, b) => b.stride - a.stride || a.axis - b.axis);
  return [...outer, ...inner].filter(({ count }) => count > 1);
}

/** Whether memory holds the elements in row-major order, without gaps: blocks of a whole axis may do that too. */
export function isPlain(described: Omit<Described, "bytes">): boolean {
  if (isPadded(described)) return false;
  const loops = loopsOf(described);
  let stride = 1;
  for (let i = loops.length - 1; i >= 0; i--) {
    if (loops[i].stride !== stride) return false;
    stride *= loops[i].count;
    const [outer, own] = [loops[i - 1], loops[i]];
    if (outer && !(outer.axis < own.axis || (outer.axis === own.axis && outer.step > own.step))) return false;
  }
  return true;
}

/** Whether there are elements in memory that are none of the tensor's (they are zero). */
export function isPadded({ dims, padded }: Pick<Described, "dims" | "padded">): boolean {
  return dims.some((size, axis) => size !== padded[axis]);
}
