// The update of a graph's state, element by element, apart from the rest: it is done in place.
//
// ONNX Runtime returns the next state in arrays of its own: for a large network hundreds of megabytes a step, of
// memory that the system has to clear first. So its graph ends with what the update needs, the gradients, and the
// weights and what an optimizer remembers of them change where they lie, in one pass.

import type { Graph, Node } from "../../graph/graph.js";
import { prune } from "../../graph/passes/prune.js";
import { inferShapes } from "../../graph/shapes.js";
import { sizeOf } from "../../graph/tensor.js";
import { expressionOf, literal, statementsOf } from "../loops/expressions.js";
import { type Written, withoutWhere } from "../loops/without-where.js";

/** One loop over states of one shape. */
export interface Update {
  /** Elements of each of the states. */
  readonly size: number;
  /** What is read: states, inputs, and values that ONNX Runtime computes; by name. */
  readonly reads: readonly { readonly name: string; readonly single: boolean }[];
  /** The states that change. */
  readonly writes: readonly string[];
  /** As `Body` of the loops has them. */
  readonly statements: readonly string[];
  readonly results: readonly string[];
  /** What is to be done instead where the one number of that read (its position) is 0. */
  readonly unless?: { readonly read: number; readonly rest: Update };
}

export interface Parts {
  /** Computes the outputs, what the updates read, and the next values of the rest of the state. */
  readonly graph: Graph;
  readonly updates: readonly Update[];
}

/** Element types whose arrays hold plain numbers. */
const plain = new Set(["float32", "float64", "int32", "bool"]);

class Splitter {
  readonly hosted = new Set<Node>();
  private readonly consumers: Map<string, Node[]>;
  private readonly shapes: ReturnType<typeof inferShapes>;
  private readonly outputs: ReadonlySet<string>;
  /** By the value that replaces it. */
  private readonly stateOf = new Map<string, string[]>();

  constructor(private readonly graph: Graph) {
    this.consumers = graph.consumers();
    this.shapes = inferShapes(graph);
    this.outputs = new Set(graph.outputs.map(({ name }) => name));
    for (const [state, next] of graph.state) {
      this.stateOf.set(next, [...(this.stateOf.get(next) ?? []), state]);
    }
    for (const node of graph.nodes.toReversed()) if (this.canHost(node)) this.hosted.add(node);
  }

  /** The shape of a value, as text; undefined where it depends on the batch or is not known. */
  private shape(value: string): string | undefined {
    const { shape } = this.shapes.get(value) ?? this.graph.initializers.get(value) ?? {};
    return shape?.every((size) => typeof size === "number") ? shape.join() : undefined;
  }

  private isSingle(value: string): boolean {
    const shape = this.shape(value);
    return shape !== undefined && sizeOf(shape === "" ? [] : shape.split(",").map(Number)) === 1;
  }

  private type(value: string) {
    return (this.shapes.get(value) ?? this.graph.initializers.get(value))?.type;
  }

  /** Whether a node computes a part of an update and nothing else; what uses its result has been asked before. */
  private canHost(node: Node): boolean {
    const [output] = node.outputs;
    const shape = this.shape(output);
    if (node.outputs.length !== 1 || !expressionOf(node) || this.outputs.has(output)) return false;
    if (shape === undefined || this.type(output) !== "float32") return false;
    const states = this.stateOf.get(output) ?? [];
    const users = this.consumers.get(output) ?? [];
    if (states.length + users.length === 0) return false;
    return (
      states.every((state) => this.shape(state) === shape) &&
      users.every((user) => this.hosted.has(user) && this.shape(user.outputs[0]) === shape) &&
      node.inputs.every((input) => input === "" || this.canRead(input, shape))
    );
  }

  private canRead(value: string, shape: string): boolean {
    if (!plain.has(this.type(value) ?? "")) return false;
    const constant = this.graph.initializers.has(value) && !this.graph.state.has(value);
    return this.isSingle(value) || (!constant && this.shape(value) === shape);
  }

  /** The hosted nodes, in groups that share values or states: what one reads, another may not change before. */
  groups(): Node[][] {
    const leader = new Map<string, string>();
    const find = (key: string): string => {
      const next = leader.get(key) ?? key;
      return next === key ? key : find(next);
    };
    const hosted = this.graph.nodes.filter((node) => this.hosted.has(node));
    const made = new Set(hosted.map((node) => node.outputs[0]));
    for (const node of hosted) {
      const [output] = node.outputs;
      const shared = node.inputs.filter(
        (input) =>
          made.has(input) || (this.graph.state.has(input) && this.shape(input) === this.shape(output)),
      );
      for (const other of [...shared, ...(this.stateOf.get(output) ?? [])]) {
        leader.set(find(other), find(output));
      }
    }
    const groups = new Map<string, Node[]>();
    for (const node of hosted) {
      const key = find(node.outputs[0]);
      groups.set(key, [...(groups.get(key) ?? []), node]);
    }
    return [...groups.values()];
  }

  update(nodes: readonly Node[]): Update {
    const written = nodes.flatMap(({ outputs: [output] }) =>
      (this.stateOf.get(output) ?? []).map((state): Written => [state, output]),
    );
    const update = this.loop(nodes, written);
    const read = update.reads.findIndex(
      ({ name, single }) => single && nodes.some(({ op, inputs }) => op === "Where" && inputs[0] === name),
    );
    if (read < 0) return update;
    const rest = withoutWhere(nodes, written, update.reads[read].name);
    const changed = rest.written.map(({ state, value }): Written => [state, value]);
    return { ...update, unless: { read, rest: this.loop(rest.nodes, changed) } };
  }

  private loop(nodes: readonly Node[], written: readonly Written[]): Update {
    const made = new Set(nodes.map((node) => node.outputs[0]));
    const names = new Map<string, string>();
    const reads: { name: string; single: boolean }[] = [];
    const [first] = written[0] ?? [""];
    const size = sizeOf(this.shapes.get(first)?.shape.map(Number) ?? [0]);
    const inputs = [...nodes.flatMap((node) => node.inputs), ...written.map(([, value]) => value)];
    for (const input of new Set(inputs)) {
      if (input === "" || made.has(input)) continue;
      const constant = this.graph.initializers.get(input);
      if (constant && !this.graph.state.has(input)) names.set(input, literal(Number(constant.data[0])));
      else {
        names.set(input, `r${reads.length}`);
        reads.push({ name: input, single: this.isSingle(input) });
      }
    }
    const statements = statementsOf(nodes, names, (value) => this.type(value));
    return {
      size,
      reads,
      writes: written.map(([state]) => state),
      statements,
      results: written.map(([, value]) => names.get(value) ?? ""),
    };
  }

  /** What is left, with the values that the updates read among its outputs. */
  rest(updates: readonly Update[]): Graph {
    const rest = this.graph.clone();
    const changed = new Set(updates.flatMap(({ writes }) => writes));
    rest.nodes = rest.nodes.filter((node) => !this.hosted.has(node));
    rest.state = new Map([...rest.state].filter(([state]) => !changed.has(state)));
    const there = new Set([
      ...rest.outputs.map(({ name }) => name),
      ...rest.inputs.map(({ name }) => name),
      ...this.graph.state.keys(),
    ]);
    for (const { name } of updates.flatMap(({ reads }) => reads)) {
      const info = this.shapes.get(name);
      if (there.has(name) || !info) continue;
      there.add(name);
      rest.outputs.push({ ...info, name });
    }
    return prune(rest);
  }
}

/** Takes the elementwise updates of the state out of a graph. */
export function splitUpdate(graph: Graph): Parts {
  if (graph.state.size === 0) return { graph, updates: [] };
  const splitter = new Splitter(graph);
  const updates = splitter.groups().map((nodes) => splitter.update(nodes));
  return { graph: splitter.rest(updates), updates };
}
