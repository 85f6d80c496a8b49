// Structure: what two graphs have in common that are equally fast: everything but names and the numbers in weights.
import type { Graph } from "../../graph/graph.js";

/** As text; equal for graphs of the same structure. */
export function structureOf({ inputs, outputs, initializers, nodes, state }: Graph): string {
  const numbers = new Map<string, number>();
  const number = (name: string) => {
    const known = numbers.get(name) ?? numbers.size;
    numbers.set(name, known);
    return known;
  };
  return JSON.stringify([
    inputs.map(({ name, type, shape }) => [number(name), type, shape]),
    [...initializers].map(([name, { type, shape }]) => [number(name), type, shape]),
    nodes.map(({ op, domain, attributes, ...node }) => [
      op,
      domain,
      Object.entries(attributes ?? {}).map(([name, value]) => [name, String(JSON.stringify(value, plain))]),
      node.inputs.map(number),
      node.outputs.map(number),
    ]),
    outputs.map(({ name }) => number(name)),
    [...state].map(([name, next]) => [number(name), number(next)]),
  ]);
}

/** Attributes may hold what JSON does not know, or tensors of any size. */
function plain(_: string, value: unknown): unknown {
  if (typeof value === "bigint") return String(value);
  return ArrayBuffer.isView(value) ? value.byteLength : value;
}
