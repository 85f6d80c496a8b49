// Graph: a network, or a training step, in ONNX's own terms.
import type { DataType, Tensor } from "./tensor.js";

/** ONNX attributes. A plain number is an int and a plain array ints; floats are marked, as ONNX tells them apart. */
export type Attribute =
  | number
  | readonly number[]
  | string
  | { readonly float: number }
  | { readonly floats: readonly number[] }
  | { readonly strings: readonly string[] }
  | { readonly tensor: Tensor };

/** An operator at work: from values to values. */
export interface Node {
  /** ONNX's operator, e.g. `Conv`. */
  readonly op: string;
  /** "" for ONNX's own operators, `TRAINING` for ours. */
  readonly domain: string;
  readonly name: string;
  /** Names of values; "" where an optional input is left out. */
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  readonly attributes: Readonly<Record<string, Attribute>>;
}

/** A dimension: a number, or a name for one that is known only at run time (the batch is "N"). */
export type Dimension = number | string;

/** What is known of a value before anything is computed. */
export interface ValueInfo {
  readonly name: string;
  readonly type: DataType;
  readonly shape: readonly Dimension[];
}

/** The domain of the operators that exist only in training; each engine lowers them its own best way. */
export const TRAINING = "multihot.training";

/** The version of ONNX's operator set that we write and whose meaning every operator here has. */
export const OPSET = 17;

/** A network in ONNX's terms, and in training what a step changes. */
export class Graph {
  name = "multihot";
  inputs: ValueInfo[] = [];
  outputs: ValueInfo[] = [];
  /** Weights and constants by name. */
  initializers = new Map<string, Tensor>();
  /** In an order in which every value is made before it is used. */
  nodes: Node[] = [];
  /**
   * The graph's values in the session that runs it: initializer → what replaces it when a run has ended (weights, momenta,
   * running statistics), or itself, if runs only read it. A name without an initializer is of a value that each run makes
   * anew. Empty in a network by itself.
   */
  state = new Map<string, string>();

  /** A copy whose lists can be changed; tensors are shared. */
  clone(): Graph {
    const copy = new Graph();
    copy.name = this.name;
    copy.inputs = [...this.inputs];
    copy.outputs = [...this.outputs];
    copy.initializers = new Map(this.initializers);
    copy.nodes = [...this.nodes];
    copy.state = new Map(this.state);
    return copy;
  }

  /** The node that makes each value. */
  producers(): Map<string, Node> {
    const made = new Map<string, Node>();
    for (const node of this.nodes) for (const output of node.outputs) if (output) made.set(output, node);
    return made;
  }

  /** The nodes that use each value. */
  consumers(): Map<string, Node[]> {
    const used = new Map<string, Node[]>();
    for (const node of this.nodes) {
      for (const input of new Set(node.inputs)) {
        if (!input) continue;
        const nodes = used.get(input);
        if (nodes) nodes.push(node);
        else used.set(input, [node]);
      }
    }
    return used;
  }
}

function mismatch(node: Node, name: string, wanted: string): TypeError {
  return new TypeError(`Attribute ${name} of ${node.op} node "${node.name}" is not ${wanted}.`);
}

export function intAttribute(node: Node, name: string, fallback: number): number {
  const value = node.attributes[name];
  if (value === undefined) return fallback;
  if (typeof value !== "number") throw mismatch(node, name, "an int");
  return value;
}

export function intsAttribute(node: Node, name: string): readonly number[] | undefined {
  const value = node.attributes[name];
  if (value === undefined) return undefined;
  if (!Array.isArray(value)) throw mismatch(node, name, "a list of ints");
  return value;
}

export function floatAttribute(node: Node, name: string, fallback: number): number {
  const value = node.attributes[name];
  if (value === undefined) return fallback;
  if (typeof value !== "object" || !("float" in value)) throw mismatch(node, name, "a float");
  return value.float;
}

export function stringAttribute(node: Node, name: string, fallback: string): string {
  const value = node.attributes[name];
  if (value === undefined) return fallback;
  if (typeof value !== "string") throw mismatch(node, name, "a string");
  return value;
}
