// Grouping: which element-by-element nodes share a loop.
import type { Node } from "../../../graph/graph.js";
import { expressionOf } from "../../loops/expressions.js";
import { groupOperation } from "./groups.js";
import type { Operation, Patterns } from "./operation.js";

interface Group {
  /** In the graph's order. */
  nodes: Node[];
  readonly shape: readonly number[];
}

class Grouping {
  private readonly groupOf = new Map<Node, Group>();
  private readonly position: Map<Node, number>;
  readonly groups = new Set<Group>();

  constructor(private readonly patterns: Patterns) {
    this.position = new Map(patterns.graph.nodes.map((node, i) => [node, i]));
  }

  /** Adds a node: to its neighbours' group where that can be, and then those neighbours become one group. */
  add(node: Node): void {
    const shape = this.patterns.shape(node.outputs[0]);
    const neighbours = new Set<Group>();
    for (const group of this.producing(node.inputs)) {
      if (group.shape.join() === shape.join()) neighbours.add(group);
    }
    let own: Group = { nodes: [node], shape };
    this.groups.add(own);
    this.groupOf.set(node, own);
    for (const group of neighbours) if (!this.between(group, own)) own = this.merge(group, own);
  }

  private merge(a: Group, b: Group): Group {
    a.nodes = [...a.nodes, ...b.nodes].sort((x, y) => this.at(x) - this.at(y));
    for (const node of b.nodes) this.groupOf.set(node, a);
    this.groups.delete(b);
    return a;
  }

  private at(node: Node): number {
    return this.position.get(node) ?? 0;
  }

  private producing(inputs: readonly string[]): Group[] {
    return inputs.flatMap((input) => {
      const producer = this.patterns.producers.get(input);
      const group = producer && this.groupOf.get(producer);
      return group ? [group] : [];
    });
  }

  /** Whether another node has to run after one of the groups and before the other. */
  private between(a: Group, b: Group): boolean {
    return this.leads(a, b) || this.leads(b, a);
  }

  /** Whether a way leads from a group through other nodes to the inputs of `target`. */
  private leads(group: Group, target: Group): boolean {
    const first = this.at(group.nodes[0]);
    const seen = new Set<Node>(target.nodes);
    const reaches = (inputs: readonly string[], direct: boolean): boolean =>
      inputs.some((input) => {
        const producer = this.patterns.producers.get(input);
        if (!producer || seen.has(producer)) return false;
        const own = this.groupOf.get(producer);
        if (own === group) return !direct;
        // A group runs as one: with a node come its fellows' inputs.
        const nodes = own?.nodes ?? [producer];
        if (nodes.every((node) => this.at(node) < first)) return false;
        for (const node of nodes) seen.add(node);
        return nodes.some((node) => reaches(node.inputs, false));
      });
    return target.nodes.some((node) => reaches(node.inputs, true));
  }
}

/**
 * Makes groups of the nodes that are left and are element by element: neighbours of one shape come together as
 * long as no other node has to run between them.
 */
export function groupNodes(patterns: Patterns): Operation[] {
  const grouping = new Grouping(patterns);
  for (const node of patterns.graph.nodes) {
    if (patterns.taken.has(node) || !expressionOf(node)) continue;
    grouping.add(node);
    patterns.take(node);
  }
  return [...grouping.groups].map(({ nodes, shape }) => {
    const own = new Set(nodes);
    const outputs = nodes
      .map((node) => node.outputs[0])
      .filter((output) => patterns.isKept(output) || patterns.usersOf(output).some((user) => !own.has(user)));
    return groupOperation(nodes, shape, outputs);
  });
}
