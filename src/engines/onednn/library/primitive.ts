// Primitive: one operation of oneDNN, ready to run.
import { part } from "./codes.js";
import type { Constructors } from "./constructors.js";
import type { Functions } from "./functions.js";
import type { Descriptor, Layout } from "./layout.js";
import type { Handle } from "./native.js";

const IMPLEMENTATION = 8;

/** What a primitive needs of the library that made it. */
interface Library {
  readonly functions: Functions;
  readonly make: Constructors;
  layout(descriptor: Descriptor): Layout | undefined;
  text(address: bigint): string;
}

export class Primitive {
  /** Of the memory that it wants while it runs. */
  readonly scratchpadBytes: number;
  private made: Handle | undefined;

  constructor(
    private readonly dnnl: Library,
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
