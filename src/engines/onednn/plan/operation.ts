// Operation: a part of the graph that is run as one, and how it is planned.
import type { Graph, Node } from "../../../graph/graph.js";
import type { HostTensor } from "../host/arrays.js";
import type { Plannable, Planner } from "./planner.js";

export interface Operation extends Plannable {
  /** The values that it makes and that others want. */
  readonly outputs: readonly string[];
  /** Runs before anything is planned, when all operations are known: says which layouts it would like. */
  prepare?(planner: Planner): void;
}

/** The graph as those see it who look for patterns in it. */
export class Patterns {
  readonly producers: Map<string, Node>;
  readonly consumers: Map<string, Node[]>;
  /** The nodes that an operation has taken. */
  readonly taken = new Set<Node>();
  private readonly kept: Set<string>;

  constructor(
    readonly graph: Graph,
    readonly shape: (name: string) => readonly number[],
    readonly type: (name: string) => string,
    /** What is known before a run. */
    readonly known: ReadonlyMap<string, HostTensor>,
    /** The values of which there is one for each image. */
    readonly batched: ReadonlySet<string>,
  ) {
    this.producers = graph.producers();
    this.consumers = graph.consumers();
    this.kept = new Set([...graph.outputs.map(({ name }) => name), ...graph.state.values()]);
  }

  /** The number that a value is known to hold. */
  scalar(name: string): number | undefined {
    const data = this.known.get(name)?.data;
    return data?.length === 1 ? data[0] : undefined;
  }

  integers(name: string | undefined): number[] | undefined {
    const tensor = this.known.get(name ?? "");
    return tensor && Array.from(tensor.data);
  }

  usersOf(name: string): readonly Node[] {
    return this.consumers.get(name) ?? [];
  }

  /** Whether a value is an output of the graph or the next value of a state. */
  isKept(name: string): boolean {
    return this.kept.has(name);
  }

  /** The only node that uses a value; undefined if there are others, or it is kept, or that node is taken. */
  onlyUser(name: string): Node | undefined {
    const users = this.usersOf(name);
    if (users.length !== 1 || this.isKept(name) || this.taken.has(users[0])) return undefined;
    return users[0];
  }

  isWanted(name: string | undefined): name is string {
    return name !== undefined && name !== "" && (this.isKept(name) || this.usersOf(name).length > 0);
  }

  sameShape(a: string, b: string): boolean {
    return this.shape(a).join() === this.shape(b).join();
  }

  take(...nodes: readonly Node[]): void {
    for (const node of nodes) this.taken.add(node);
  }
}
