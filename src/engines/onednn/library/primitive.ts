// Primitive: one operation of oneDNN, ready to run, and the numbers by which its tensors are called.
import type { Dnnl } from "./dnnl.js";
import type { Layout } from "./layout.js";
import type { Handle } from "./native.js";

/** dnnl_query_t: which of a primitive's memory descriptors. */
export const part = {
  source: 129,
  gradientOfSource: 130,
  weights: 131,
  gradientOfWeights: 132,
  result: 133,
  gradientOfResult: 134,
  workspace: 135,
  scratchpad: 136,
} as const;

/** DNNL_ARG_*: what a primitive is given when it runs. */
export const argument = {
  source: 1,
  second: 2,
  result: 17,
  weights: 33,
  bias: 41,
  mean: 49,
  variance: 50,
  scale: 51,
  shift: 52,
  workspace: 64,
  scratchpad: 80,
  gradientOfSource: 129,
  gradientOfResult: 145,
  gradientOfWeights: 161,
  gradientOfBias: 169,
  gradientOfScale: 255,
  gradientOfShift: 256,
  /** The first of many sources. */
  sources: 1024,
} as const;

const IMPLEMENTATION = 8;

export class Primitive {
  /** Of the memory that it wants while it runs. */
  readonly scratchpadBytes: number;
  private made: Handle | undefined;

  constructor(
    private readonly dnnl: Dnnl,
    /** For the primitives that take back what this one did. */
    readonly descriptor: Handle,
  ) {
    this.scratchpadBytes = this.layout(part.scratchpad)?.bytes ?? 0;
  }

  /** The layout of one of its tensors; undefined if it has none there, or one that only oneDNN understands. */
  layout(which: number, index = 0): Layout | undefined {
    const address = BigInt(this.dnnl.functions.layoutOf(this.descriptor, which, index));
    return address === 0n ? undefined : this.dnnl.layout(this.dnnl.make.keep(address));
  }

  /** How oneDNN calls the code that runs. */
  get implementation(): string {
    const answer = new BigUint64Array(1);
    this.dnnl.functions.query(this.descriptor, IMPLEMENTATION, 0, answer);
    return this.dnnl.text(answer[0]);
  }

  get handle(): Handle {
    this.made ??= this.dnnl.functions.createPrimitive(this.descriptor);
    return this.made;
  }

  destroy(): void {
    if (this.made !== undefined) this.dnnl.functions.destroyPrimitive(this.made);
    this.dnnl.functions.destroyDescriptor(this.descriptor);
  }
}
