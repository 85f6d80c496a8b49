// Operator: how the reference engine calls the code of one ONNX operator.
import {
  floatAttribute,
  intAttribute,
  intsAttribute,
  type Node,
  stringAttribute,
} from "../../src/graph/graph.js";
import type { Value } from "./value.js";

/** Computes a node's outputs: all of them, or the only one. */
export type Operator = (call: Call) => Value | readonly Value[];

/** A node with the values of its inputs. */
export class Call {
  constructor(
    readonly node: Node,
    /** In the node's order; undefined where an optional one is left out. */
    readonly inputs: readonly (Value | undefined)[],
  ) {}

  input(index: number): Value {
    const value = this.inputs[index];
    if (value === undefined) throw new TypeError(`Input ${index} is missing.`);
    return value;
  }

  optional(index: number): Value | undefined {
    return this.inputs[index];
  }

  /** The integers of an optional input: axes, a shape, … */
  integers(index: number): number[] | undefined {
    const value = this.inputs[index];
    return value && Array.from(value.data);
  }

  int(name: string, fallback: number): number {
    return intAttribute(this.node, name, fallback);
  }

  ints(name: string): readonly number[] | undefined {
    return intsAttribute(this.node, name);
  }

  float(name: string, fallback: number): number {
    return floatAttribute(this.node, name, fallback);
  }

  string(name: string, fallback: string): string {
    return stringAttribute(this.node, name, fallback);
  }
}
