// GraphBuilder: adds nodes to a graph, naming what has no name.
import { type Attribute, type Graph, type Node, TRAINING, type ValueInfo } from "./graph.js";
import { float32, int64, type Tensor } from "./tensor.js";

/** What a node has beside its operator and inputs. */
export interface NodeOptions {
  /** The node's name, and the stem of its outputs' names. Default: the op's. */
  name?: string;
  attributes?: Record<string, Attribute>;
  domain?: string;
  /** How many outputs, or their names; default one, named after the node. */
  outputs?: number | readonly string[];
}

/** Adds nodes to a graph, each value under a name that is free. */
export class GraphBuilder {
  private readonly taken = new Set<string>();

  constructor(readonly graph: Graph) {
    for (const value of [...graph.inputs, ...graph.outputs]) this.taken.add(value.name);
    for (const name of graph.initializers.keys()) this.taken.add(name);
    for (const node of graph.nodes) {
      this.taken.add(node.name);
      for (const output of node.outputs) this.taken.add(output);
    }
  }

  /** `stem`, or `stem_1`, `stem_2` … where that is taken. */
  fresh(stem: string): string {
    let name = stem;
    for (let i = 1; this.taken.has(name); i++) name = `${stem}_${i}`;
    this.taken.add(name);
    return name;
  }

  /** Adds a node and returns the names of its outputs. */
  nodes(op: string, inputs: readonly string[], options: NodeOptions = {}): string[] {
    const name = this.fresh(options.name ?? op);
    const count = options.outputs ?? 1;
    const outputs =
      typeof count === "number"
        ? Array.from({ length: count }, (_, i) => this.fresh(count === 1 ? `${name}.out` : `${name}.out${i}`))
        : [...count];
    for (const output of outputs) this.taken.add(output);
    const node: Node = {
      op,
      domain: options.domain ?? "",
      name,
      inputs: [...inputs],
      outputs,
      attributes: options.attributes ?? {},
    };
    this.graph.nodes.push(node);
    return outputs;
  }

  /** Adds a node of one output (or whose first alone is wanted) and returns its name. */
  node(op: string, inputs: readonly string[], options: NodeOptions = {}): string {
    return this.nodes(op, inputs, options)[0];
  }

  /** Adds a node of an operator of ours. */
  training(op: string, inputs: readonly string[], options: NodeOptions = {}): string[] {
    return this.nodes(op, inputs, { ...options, domain: TRAINING });
  }

  /** Adds a weight or constant; returns its name. */
  initializer(name: string, value: Tensor): string {
    const unique = this.fresh(name);
    this.graph.initializers.set(unique, value);
    return unique;
  }

  /** A float32 scalar constant. */
  scalar(value: number, name = "constant"): string {
    return this.initializer(name, float32([], [value]));
  }

  /** A one-dimensional int64 constant: a shape, axes, … */
  ints(values: readonly number[], name = "ints"): string {
    return this.initializer(name, int64([values.length], values));
  }

  /** Adds an input; returns its name. */
  input(info: ValueInfo): string {
    this.taken.add(info.name);
    this.graph.inputs.push(info);
    return info.name;
  }

  /** Makes a value an output. */
  output(info: ValueInfo): void {
    this.graph.outputs.push(info);
  }
}
