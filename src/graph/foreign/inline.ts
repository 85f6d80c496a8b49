// Inlining: the nodes and weights of the foreign models in a graph, as parts of the file that the graph is written to.
import type { Graph } from "../graph.js";
import { domainOf, type ForeignModel, namesIn } from "./model.js";
import { fileOf, isForeign, modelOf } from "./node.js";
import { bodyPieces } from "./write.js";

export interface Inlined {
  /** Foreign node's name → the fields of a GraphProto that take its place. */
  readonly bodies: ReadonlyMap<string, readonly Uint8Array[]>;
  /** Initializers of the graph that are no longer needed. */
  readonly files: ReadonlySet<string>;
  readonly irVersion: number;
  /** Operator sets that the file imports beside its own: the greatest version of each domain. */
  readonly opsets: ReadonlyMap<string, number>;
  readonly functions: readonly Uint8Array[];
}

/** What takes the place of a graph's foreign nodes. Names that the graph has too are changed. */
export function inlined(graph: Graph): Inlined {
  const bodies = new Map<string, Uint8Array[]>();
  const files = new Set<string>();
  const opsets = new Map<string, number>();
  const functions: Uint8Array[] = [];
  let irVersion = 0;
  const taken = new Set([
    ...graph.inputs.map(({ name }) => name),
    ...graph.initializers.keys(),
    ...graph.nodes.flatMap(({ outputs }) => outputs),
  ]);
  for (const node of graph.nodes.filter(isForeign)) {
    const model = modelOf(node, graph);
    const names = renaming(model, node.inputs, node.outputs, taken);
    bodies.set(
      node.name,
      bodyPieces(model.graph, (name) => names.get(name) ?? name),
    );
    files.add(fileOf(node));
    irVersion = Math.max(irVersion, model.irVersion);
    for (const [domain, version] of model.opsets) {
      opsets.set(domainOf(domain), Math.max(version, opsets.get(domainOf(domain)) ?? 0));
    }
    functions.push(...model.functions);
  }
  return { bodies, files, irVersion, opsets, functions };
}

/** The model's names that change, and what they become. */
function renaming(
  { graph }: ForeignModel,
  inputs: readonly string[],
  outputs: readonly string[],
  taken: Set<string>,
): Map<string, string> {
  const own = new Set(namesIn(graph));
  const names = new Map<string, string>();
  for (const [i, { name }] of graph.inputs.entries()) names.set(name, inputs[i]);
  for (const [i, { name }] of graph.outputs.entries()) names.set(name, outputs[i]);
  for (const name of own) {
    if (names.has(name)) continue;
    let free = name;
    for (let i = 1; taken.has(free) || (free !== name && own.has(free)); i++) free = `${name}_${i}`;
    if (free !== name) names.set(name, free);
    taken.add(free);
  }
  return names;
}
